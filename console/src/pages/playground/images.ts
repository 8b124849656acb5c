import type { Attached } from './dialects.ts';

/** The files that somebody has chosen, as base64. */
export function readImages(files: FileList): Promise<Attached[]> {
  return Promise.all([...files].map(readImage));
}

async function readImage(file: File): Promise<Attached> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return { name: file.name, type: file.type, base64: btoa(binary) };
}
