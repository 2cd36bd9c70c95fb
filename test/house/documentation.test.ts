// What the program can do is what its help and README say: one table is behind all three.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMMAND_NAMES, COMMANDS, usageOf } from '#kindred/cli/commands.js';
import { FLAG_NAMES, FLAGS, flagsOf } from '#kindred/cli/flags/flags.js';
import { flagsTableMarkdown } from '#kindred/cli/help.js';

const launcher = fileURLToPath(new URL('../../bin/kindred.js', import.meta.url));
const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

function help(...words: string[]): string {
  const { stdout, status } = spawnSync(process.execPath, [launcher, ...words, '--help'], {
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  return stdout;
}

/** Text with its line breaks and indents taken out, so that wrapping does not hide a sentence. */
function unwrapped(text: string): string {
  return text.replace(/\s+/g, ' ');
}

/** The flag as a word of its own: `--tag`, but not the beginning of another. */
function word(flag: string): RegExp {
  return new RegExp(`(?<![\\w-])--${flag}(?![\\w-])`);
}

describe('help', () => {
  it('names every command with its summary', () => {
    const text = unwrapped(help());
    for (const name of COMMAND_NAMES) {
      expect(text).toContain(usageOf(name));
      expect(text).toContain(COMMANDS[name].summary);
    }
  });

  it.each(COMMAND_NAMES)(
    'of %s names its words, its flags with their defaults, and no other flag',
    (name) => {
      const text = unwrapped(help(name));
      for (const positional of COMMANDS[name].positionals) expect(text).toContain(positional.help);
      for (const flag of FLAG_NAMES) {
        if (!flagsOf(name).includes(flag)) {
          expect(text).not.toMatch(word(flag));
          continue;
        }
        expect(text).toMatch(word(flag));
        expect(text).toContain(FLAGS[flag].help);
        if (FLAGS[flag].kind !== 'boolean') expect(text).toContain(`(default: ${FLAGS[flag].default})`);
      }
    },
  );

  it.each(COMMAND_NAMES)('of %s fits a terminal of 100 columns', (name) => {
    for (const line of [...help(name).split('\n'), ...help().split('\n')]) {
      expect(line.length).toBeLessThanOrEqual(100);
    }
  });
});

describe('README', () => {
  const section = /<!-- flags -->\n([\s\S]*?)\n<!-- \/flags -->/.exec(readme)?.[1];

  it('shows the table of commands and flags that the program has', () => {
    expect(section, 'write flagsTableMarkdown() of src/cli/help.ts between the markers').toBe(
      flagsTableMarkdown(),
    );
  });

  it('names every command and every flag', () => {
    for (const name of COMMAND_NAMES) expect(readme).toContain(`kindred ${name}`);
    for (const flag of FLAG_NAMES) expect(readme).toMatch(word(flag));
  });
});

describe('every page', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const pages = ['README.md', ...readdirSync(resolve(root, 'docs')).map((file) => `docs/${file}`)];
  const textOf = (page: string) => readFileSync(resolve(root, page), 'utf8');

  it.each(pages.filter((page) => page.endsWith('.md')))('%s links to what is there', (page) => {
    const missing = [...textOf(page).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].filter(
      ([, path, anchor]) => {
        const target = path === '' ? resolve(root, page) : resolve(root, dirname(page), path);
        return (
          !existsSync(target) ||
          (anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor))
        );
      },
    );
    expect(missing.map(([link]) => link)).toEqual([]);
  });

  it.each(['README.md', 'docs/architecture.md'])('%s names files that are there', (page) => {
    const files = readdirSync(resolve(root, 'src'), { recursive: true }).map(
      (file) => `/src/${String(file).replaceAll('\\', '/')}`,
    );
    const named = [...textOf(page).matchAll(/`([\w./-]+\.tsx?)`/g)].map(([, file]) => file);
    expect(named.length).toBeGreaterThan(0);
    expect(
      named.filter(
        (file) => !existsSync(resolve(root, file)) && !files.some((one) => one.endsWith(`/${file}`)),
      ),
    ).toEqual([]);
  });
});

/** Headings as GitHub makes anchors of them. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
