import { classNames } from './class-names.ts';

/** Parts of a whole as one bar, such as what is spent of a budget. */
export function ShareBar({
  share,
  tone = 'accent',
  label,
}: {
  share: number;
  tone?: 'accent' | 'warn' | 'bad';
  label: string;
}) {
  const width = Math.min(1, Math.max(0, share)) * 100;
  const fills = { accent: 'fill-series-1', warn: 'fill-series-3', bad: 'fill-bad' } as const;
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox="0 0 100 4"
      preserveAspectRatio="none"
      className="h-1.5 w-full rounded-full"
    >
      <rect width="100" height="4" className="fill-raised" />
      <rect width={width} height="4" className={fills[tone]} />
    </svg>
  );
}

/** A series as small bars without axes; the highest fills the height. */
export function SparkBars({
  values,
  label,
  className,
}: {
  values: readonly number[];
  label: string;
  className?: string;
}) {
  const most = Math.max(...values, 1e-9);
  const bars = values.map((value, index) => ({ key: `bar-${index}`, x: index, height: (value / most) * 24 }));
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${Math.max(values.length, 1)} 24`}
      preserveAspectRatio="none"
      className={classNames('h-6 w-full', className)}
    >
      {bars.map(({ key, x, height }) => (
        <rect key={key} x={x + 0.1} y={24 - height} width="0.8" height={height} className="fill-series-1" />
      ))}
    </svg>
  );
}
