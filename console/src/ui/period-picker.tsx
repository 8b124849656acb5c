import { useMessages } from '../i18n/messages.ts';
import { PERIOD_NAMES, type Period } from '../lib/period.ts';
import { uiMessages } from './messages.ts';

/** Chooses the period that a page shows; keep the choice in the address. */
export function PeriodPicker({
  value,
  onValue,
  periods = PERIOD_NAMES,
}: {
  value: Period;
  onValue: (period: Period) => void;
  periods?: readonly Period[];
}) {
  const text = useMessages(uiMessages);
  const names: Record<Period, string> = {
    '1h': text.period1h,
    '24h': text.period24h,
    '7d': text.period7d,
    '30d': text.period30d,
    '90d': text.period90d,
  };
  return (
    <select
      aria-label={text.period}
      value={value}
      onChange={(event) => {
        const chosen = periods.find((period) => period === event.target.value);
        if (chosen) onValue(chosen);
      }}
      className="control font-medium"
    >
      {periods.map((period) => (
        <option key={period} value={period}>
          {names[period]}
        </option>
      ))}
    </select>
  );
}
