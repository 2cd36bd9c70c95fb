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
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]).replace(/[^\P{Cc}\t\n]/gu, '\ufffd');
}
