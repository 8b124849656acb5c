import { posix } from 'node:path';

/** A file of the console as its laws see it: the whole text, since markup is no plain TypeScript. */
export type ConsoleSource = { path: string; text: string };

/** A law of the console: the offences against it, one line each. */
export type ConsoleLaw = (files: readonly ConsoleSource[]) => string[];

const IMPORT = /(import|export)( type)?[^;'"`]*?(?:from |\()?'([^']+)'/g;

type Found = { path: string; target: string; isType: boolean };

function importsOf({ path, text }: ConsoleSource): Found[] {
  return [...text.matchAll(IMPORT)]
    .filter(([, , , target = '']) => target.startsWith('.'))
    .map(([, , type, target = '']) => ({
      path,
      target: posix.normalize(posix.join(posix.dirname(path), target)),
      isType: type !== undefined,
    }));
}

/** Of the server the console sees the types of the admin API, and nothing else. */
export const onlyTypesOfTheAdminApi: ConsoleLaw = (files) =>
  files
    .flatMap(importsOf)
    .filter(({ target }) => !target.startsWith('console/'))
    .filter(({ target, isType }) => target !== 'src/admin/contract.ts' || !isType)
    .map(({ path, target }) => `${path} imports ${target}`);

const PAGE_FOLDER = /^console\/src\/pages\/([^/]+)\//;

/** A page imports no other page, so that each is loaded alone; nothing shared imports a page but the route table and the gate. */
export const pagesApart: ConsoleLaw = (files) =>
  files
    .flatMap(importsOf)
    .filter(({ path, target }) => {
      const page = PAGE_FOLDER.exec(target)?.[1];
      if (page === undefined || PAGE_FOLDER.exec(path)?.[1] === page) return false;
      return !/^console\/src\/(?:routes\.ts|router\.tsx|shell\/gate\.tsx)$/.test(path);
    })
    .map(({ path, target }) => `${path} imports ${target}`);

/** Texts reach the page as text, the network through `api/`, and styles through classes. */
export const textAsText: ConsoleLaw = (files) =>
  files.flatMap(({ path, text }) => {
    const forbidden = [/dangerouslySetInnerHTML|\b(?:inner|outer)HTML\b|insertAdjacentHTML|document\.write\b|\beval\(/];
    if (!path.startsWith('console/src/api/')) forbidden.push(/(?<![\w.])fetch\(|new EventSource\(|XMLHttpRequest/);
    return forbidden.flatMap((pattern) => {
      const [found] = pattern.exec(text) ?? [];
      return found === undefined ? [] : [`${path} has ${found}`];
    });
  });

/** No file over 400 lines; no `any`, no default export, no assertion of a type. */
export const plainFiles: ConsoleLaw = (files) =>
  files
    .filter(({ path }) => path !== 'console/vite.config.ts')
    .flatMap(({ path, text }) => {
      const lines = text.split('\n').length - 1;
      const [found] = /(?:[:<|]\s*|\bas\s+)any\b|\bexport default\b|\bas [A-Z]\w*\b(?!\s*[,}])/.exec(text) ?? [];
      return [
        ...(lines > 400 ? [`${path} has ${lines} lines`] : []),
        ...(found === undefined ? [] : [`${path} has ${found}`]),
      ];
    });
