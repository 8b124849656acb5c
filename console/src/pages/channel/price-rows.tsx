import { Plus, X } from 'lucide-react';
import { useMessages } from '../../i18n/messages.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { fieldError, TextField } from '../../ui/field.tsx';
import { emptyPrice, type PriceRow, RATES } from './draft.ts';
import { formMessages } from './form-messages.ts';

/** What models cost here, model by model. */
export function PriceRows({
  prices,
  onPrices,
  error,
}: {
  prices: readonly PriceRow[];
  onPrices: (prices: readonly PriceRow[]) => void;
  error: Error | null;
}) {
  const text = useMessages(formMessages);
  const change = (changed: PriceRow) => onPrices(prices.map((row) => (row.id === changed.id ? changed : row)));
  const nextId = 1 + Math.max(-1, ...prices.map(({ id }) => id));
  return (
    <>
      <p className="text-soft">{text.pricesHint}</p>
      {prices.map((row) => (
        <fieldset key={row.id} className="grid gap-2 rounded-md bg-raised/60 p-3">
          <legend className="sr-only">{row.model === '' ? text.newPrice : row.model}</legend>
          <div className="flex items-end gap-2">
            <div className="min-w-0 grow">
              <TextField
                label={text.priceModel}
                value={row.model}
                onValue={(model) => change({ ...row, model })}
                required
                maxLength={256}
                error={fieldError(error, `prices.${row.model}`)}
              />
            </div>
            <IconButton
              icon={X}
              label={text.without(row.model)}
              onClick={() => onPrices(prices.filter(({ id }) => id !== row.id))}
            />
          </div>
          <div className="grid grid-cols-2 gap-2 sm:grid-cols-5">
            {RATES.map((rate) => (
              <TextField
                key={rate}
                label={text[rate]}
                inputMode="decimal"
                pattern="\d+(\.\d{1,9})?"
                required={rate === 'input' || rate === 'output'}
                value={row[rate]}
                onValue={(value) => change({ ...row, [rate]: value })}
              />
            ))}
          </div>
        </fieldset>
      ))}
      <Button icon={Plus} className="justify-self-start" onClick={() => onPrices([...prices, emptyPrice(nextId)])}>
        {text.addPrice}
      </Button>
    </>
  );
}
