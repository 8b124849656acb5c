/**
 * Preloaded into a server, it makes the system's clock jump: an hour back at SIGUSR2, and an hour on from where it would be at the next.
 * The monotonic clock goes on, as it does when somebody sets the time.
 */
const HOUR = 3_600_000;
const JUMPS = [-HOUR, HOUR];

const tell = Date.now;
let shift = 0;
Date.now = () => tell() + shift;
process.on('SIGUSR2', () => {
  shift = JUMPS.shift() ?? 0;
  process.stdout.write(`the clock is off by ${shift} ms\n`);
});
