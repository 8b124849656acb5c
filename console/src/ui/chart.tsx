import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useMessages } from '../i18n/messages.ts';
import { usePreferences } from '../lib/preferences.ts';
import { axisTimes } from './chart-times.ts';
import { uiMessages } from './messages.ts';

/** One line of a chart. */
export type Series = { label: string; values: readonly (number | null)[] };

type TimeChartProps = {
  /** Unix ms, rising; each series has a value for each. */
  times: readonly number[];
  series: readonly Series[];
  /** How values are written on the axis and in the legend. */
  format: (value: number) => string;
  /** What the chart shows, for those who do not see it. */
  label: string;
  /** In px. */
  height?: number;
};

/** A single point stands between the days around it, in s. */
const DAY = 86_400;

const COLOURS = ['--color-series-1', '--color-series-2', '--color-series-3', '--color-series-4'];

/** A colour of the theme as the canvas takes it. */
function colourOf(element: HTMLElement, name: string): string {
  element.style.color = `var(${name})`;
  const { color } = getComputedStyle(element);
  element.style.color = '';
  return color;
}

/** Values over time. Drawn anew when data, size, theme or language change. */
export function TimeChart({ times, series, format, label, height = 220 }: TimeChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { time: timeLabel } = useMessages(uiMessages);
  const { theme, language, timeZone } = usePreferences();
  const isFlat = series.every(({ values }) => values.every((value) => value === null || value === 0));
  // biome-ignore lint/correctness/useExhaustiveDependencies: theme and language change how the same data looks
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const draw = () =>
      new uPlot(
        optionsOf(element),
        [times.map((at) => at / 1_000), ...series.map(({ values }) => [...values])],
        element,
      );
    const optionsOf = (host: HTMLElement): uPlot.Options => {
      const axis = {
        stroke: colourOf(host, '--color-soft'),
        font: '11px "Inter Variable", sans-serif',
        grid: { stroke: colourOf(host, '--color-line'), width: 1 },
        ticks: { show: false },
      };
      const zone = timeZone === 'system' ? undefined : timeZone;
      const writeTimes = axisTimes(language, zone);
      return {
        width: host.clientWidth,
        height,
        ...(zone !== undefined && { tzDate: (at: number) => uPlot.tzDate(new Date(at * 1_000), zone) }),
        cursor: { y: false, points: { size: 6 } },
        legend: { show: true, live: true },
        scales: {
          x: { range: (_, least, most) => (least === most ? [least - DAY, most + DAY] : [least, most]) },
          // Where nothing is above zero, an axis would be made up of the smallest amounts that there are.
          y: { range: (_, __, most) => (isFlat ? [0, 1] : uPlot.rangeNum(0, most, 0.1, true)) },
        },
        axes: [
          { ...axis, values: (_, marks, __, ___, apart) => writeTimes(marks, apart) },
          {
            ...axis,
            size: (_, labels) => 20 + 7 * Math.max(4, ...(labels ?? []).map((label) => label.length)),
            values: (_, splits) => splits.map((split) => (isFlat && split !== 0 ? '' : format(split))),
          },
        ],
        series: [
          {
            label: timeLabel,
            value: (_, at) => (at === null ? '–' : new Date(at * 1_000).toLocaleString(language, { timeZone: zone })),
          },
          ...series.map((line, index) => {
            const stroke = colourOf(host, COLOURS[index % COLOURS.length] ?? '--color-series-1');
            return {
              label: line.label,
              stroke,
              width: 1.5,
              points: { show: times.length < 3 },
              ...(series.length === 1 && { fill: `color-mix(in srgb, ${stroke} 12%, transparent)` }),
              value: (_: uPlot, value: number | null) => (value === null ? '–' : format(value)),
            };
          }),
        ],
      };
    };
    let plot = draw();
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => {
      plot.destroy();
      plot = draw();
    };
    dark.addEventListener('change', redraw);
    const resizing = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    resizing.observe(element);
    return () => {
      dark.removeEventListener('change', redraw);
      resizing.disconnect();
      plot.destroy();
    };
  }, [times, series, isFlat, format, height, theme, language, timeZone]);
  return (
    <div ref={frame} role="img" aria-label={label} className="w-full overflow-hidden" style={{ minHeight: height }} />
  );
}
