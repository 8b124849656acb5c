import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GatewayError } from '../core/error.ts';
import { CallTimers } from './timers.ts';

const TIMEOUTS = { connect: 5, firstEvent: 100, idle: 50, total: 1000 };

describe('CallTimers', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function started() {
    const client = new AbortController();
    const timers = new CallTimers(TIMEOUTS, client.signal);
    const message = () => (timers.signal.reason instanceof GatewayError ? timers.signal.reason.message : undefined);
    return { client, timers, message };
  }

  test('U3 no first event in time ends the call', () => {
    const { timers, message } = started();
    vi.advanceTimersByTime(99);
    expect(timers.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(timers.signal.reason).toMatchObject({ kind: 'timeout', status: 504 });
    expect(message()).toMatch(/first event timeout of 100 ms/);
    timers.close();
  });

  test('U5 silence between events ends the call, each event starts it anew', () => {
    const { timers, message } = started();
    vi.advanceTimersByTime(90);
    for (let event = 0; event < 5; event++) {
      timers.touch();
      vi.advanceTimersByTime(49);
    }
    expect(timers.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(message()).toMatch(/idle timeout of 50 ms/);
    timers.close();
  });

  test('U4 U16 events for ever do not outlast the total', () => {
    const { timers, message } = started();
    for (let elapsed = 0; elapsed < 1000; elapsed += 10) {
      expect(timers.signal.aborted).toBe(false);
      timers.touch();
      vi.advanceTimersByTime(10);
    }
    expect(message()).toMatch(/total timeout of 1000 ms/);
    timers.close();
  });

  test('C2 while the client does not read, only the total counts', () => {
    const { timers, message } = started();
    timers.touch();
    timers.pause();
    vi.advanceTimersByTime(900);
    expect(timers.signal.aborted).toBe(false);
    timers.touch();
    vi.advanceTimersByTime(49);
    expect(timers.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(message()).toMatch(/idle/);
    timers.close();
  });

  test('C1 a client that goes ends the call, one that has gone does not start it', () => {
    const { client, timers } = started();
    client.abort();
    expect(timers.signal.reason).toMatchObject({ kind: 'aborted' });
    timers.close();
    const late = new CallTimers(TIMEOUTS, client.signal);
    expect(late.signal.reason).toMatchObject({ kind: 'aborted' });
    late.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('the first reason stays', () => {
    const { client, timers, message } = started();
    timers.stop(new GatewayError('shutting_down', 'closing'));
    client.abort();
    vi.advanceTimersByTime(5000);
    expect(message()).toBe('closing');
    timers.close();
  });

  test.each(['before any event', 'between events', 'while paused'])('closed %s, nothing is left running', (when) => {
    const { client, timers } = started();
    if (when !== 'before any event') timers.touch();
    if (when === 'while paused') timers.pause();
    timers.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(5000);
    client.abort();
    expect(timers.signal.aborted).toBe(false);
  });
});
