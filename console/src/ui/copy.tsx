import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { useMessages } from '../i18n/messages.ts';
import { Button, IconButton } from './button.tsx';
import { uiMessages } from './messages.ts';

/** How long the button says that it has copied, in ms. */
const CONFIRMED_FOR = 2_000;

function useCopy(value: string): { copied: boolean; copy: () => void } {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void writeClipboard(value).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), CONFIRMED_FOR);
    });
  };
  return { copied, copy };
}

/** Browsers give the clipboard only to pages of TLS or of this machine; others copy what is selected. */
async function writeClipboard(value: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(value);
  const field = document.createElement('textarea');
  field.value = value;
  (document.querySelector('dialog[open]') ?? document.body).append(field);
  field.select();
  document.execCommand('copy');
  field.remove();
}

/** Copies a text. */
export function CopyButton({ value, label }: { value: string; label?: string }) {
  const text = useMessages(uiMessages);
  const { copied, copy } = useCopy(value);
  const icon = copied ? Check : Copy;
  if (label === undefined) return <IconButton icon={icon} label={copied ? text.copied : text.copy} onClick={copy} />;
  return (
    <Button icon={icon} onClick={copy}>
      {copied ? text.copied : label}
    </Button>
  );
}

/** Lines of code, with a button that copies them. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <div className="relative min-w-0 rounded-md border border-line bg-raised">
      <pre
        tabIndex={0}
        role="group"
        aria-label={label}
        className="max-h-96 overflow-auto py-2.5 pr-11 pl-3 font-mono text-xs leading-5"
      >
        {code}
      </pre>
      <div className="absolute top-1 right-1">
        <CopyButton value={code} />
      </div>
    </div>
  );
}

/** A secret that is shown this once. */
export function SecretOnce({ value, label }: { value: string; label: string }) {
  return (
    <div className="flex items-center gap-2 rounded-md border border-line bg-raised py-1 pr-1 pl-3">
      <output aria-label={label} className="min-w-0 grow font-mono text-xs break-all">
        {value}
      </output>
      <CopyButton value={value} />
    </div>
  );
}
