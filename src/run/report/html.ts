// HTML as a tagged template: whatever is put into it is escaped, unless it is HTML made the same way.

/** Text that is HTML already. */
export interface Markup {
  readonly markup: string;
}

export type Fragment = string | number | null | Markup | readonly Fragment[];

export function html(strings: TemplateStringsArray, ...values: readonly Fragment[]): Markup {
  let markup = strings[0];
  values.forEach((value, index) => {
    markup += render(value) + strings[index + 1];
  });
  return { markup };
}

/** Text that the caller knows to be harmless: a style sheet, a path of an SVG. */
export function trusted(markup: string): Markup {
  return { markup };
}

function render(value: Fragment): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escapeHtml(value);
  return 'markup' in value ? value.markup : value.map(render).join('');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Control characters, which HTML does not allow, become the replacement character. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]).replace(/[^\P{Cc}\t\n]/gu, '\ufffd');
}

interface PageHead {
  readonly title: string;
  /** Of kindred. */
  readonly version: string;
  readonly style: string;
  /** A directive of the policy, with its semicolon before it. */
  readonly scripts?: string;
}

/** A page that loads nothing from elsewhere: the policy in its head makes sure, which lets run what `scripts` names. */
export function wholePage({ title, version, style, scripts = '' }: PageHead, body: Markup): string {
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:${trusted(scripts)}">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="kindred ${version}">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
${body}
</body>
</html>
`;
  return markup;
}
