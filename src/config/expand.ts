/** Names and values of environment variables. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** A text after expansion, or the reason why it cannot be expanded. */
export type Expansion = { text: string } | { problem: string };

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;

/** Puts the values of `${NAME}` into a text; `$${` stands for a literal `${`. Values are not expanded again. */
export function expandVariables(text: string, variables: Variables): Expansion {
  const problems: string[] = [];
  const expanded = text.replace(REFERENCE, (whole: string, name: string | undefined, closing: string | undefined) => {
    if (whole === '$${') return '${';
    if (name === undefined || closing !== '}') {
      problems.push(`"\${" without "}" (write "$\${" for a literal "\${")`);
      return '';
    }
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      problems.push(`"\${${name}}" does not name an environment variable`);
      return '';
    }
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined) problems.push(`environment variable ${name} is not set`);
    return value ?? '';
  });
  return problems.length > 0 ? { problem: problems.join('; ') } : { text: expanded };
}
