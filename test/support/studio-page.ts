// The studio's page in a real Chromium, as a person has it: under its own content-security policy, by keyboard.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium as launcher, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { chromium } from './peers.js';
import type { RunningStudio } from './studio.js';

/** Milliseconds: machines that test are busy. */
const PATIENCE = 60_000;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface StudioPage {
  readonly page: Page;
  /** What the page threw or complained about. */
  readonly complaints: readonly string[];
  /** Opens an address of the page, such as `/kinds/digits`. */
  open(path: string): Promise<void>;
  /** Presses keys one after the other, as `Keyboard.press` names them. */
  press(...keys: string[]): Promise<void>;
  /** All that `press` has pressed so far. */
  readonly pressed: ReadonlySet<string>;
}

export function launchBrowser(): Promise<Browser> {
  return launcher.launch({ executablePath: chromium, args: ['--no-sandbox'] });
}

/** A new window on the studio; the first visit is by the address that the studio prints. */
export async function openStudioPage(
  browser: Browser,
  studio: RunningStudio,
  look: { readonly width: number; readonly height: number; readonly scheme: 'light' | 'dark' } = {
    width: 1280,
    height: 800,
    scheme: 'light',
  },
): Promise<StudioPage> {
  const { width, height, scheme } = look;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  const complaints: string[] = [];
  const pressed = new Set<string>();
  page.on('pageerror', ({ stack, message }) => complaints.push(stack ?? message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(studio.url);
  return {
    page,
    complaints,
    async open(path) {
      await page.goto(`http://127.0.0.1:${studio.port}${path}`);
    },
    async press(...keys) {
      for (const key of keys) {
        pressed.add(key);
        await page.keyboard.press(key);
      }
    },
    pressed,
  };
}

/** Presses Tab until the element that `selector` names has the focus. */
export async function tabTo({ page, press }: StudioPage, selector: string): Promise<void> {
  const has = `document.activeElement === document.querySelector(${JSON.stringify(selector)})`;
  for (let presses = 0; presses < 80; presses++) {
    if (await page.evaluate(has)) return;
    await press('Tab');
  }
  throw new Error(`Tab does not reach ${selector}`);
}

/** Waits until the map shows all points of its run, where they stay. */
export async function untilMapDrawn({ page }: StudioPage): Promise<void> {
  const isDrawn = "performance.getEntriesByName('map drawn').length > 0";
  await expect.poll(() => page.evaluate(isDrawn), { timeout: 120_000 }).toBe(true);
  await page.getByText(/^settling, /).waitFor({ state: 'detached', timeout: 120_000 });
}

/** As the list of keys writes them, for `Keyboard.press`. */
const PRESSED_AS: Readonly<Record<string, string>> = {
  '←': 'ArrowLeft',
  '→': 'ArrowRight',
  '↑': 'ArrowUp',
  '↓': 'ArrowDown',
  Space: ' ',
  Esc: 'Escape',
};

/** Every key that the list has under `title` was pressed by then. */
export async function expectAllKeysPressed(
  { page, press, pressed }: StudioPage,
  title: string,
): Promise<void> {
  await press('?');
  const section = page.locator('dialog.keys section', {
    has: page.getByRole('heading', { name: title, exact: true }),
  });
  await section.waitFor();
  const listed = await section.locator('kbd').allTextContents();
  await press('Escape');
  const keys = listed.map((text) => {
    const parts = text === '+' ? [text] : text.split('+');
    const key = parts.at(-1) ?? '';
    const pressedAs =
      PRESSED_AS[key] ?? (text.startsWith('Ctrl+') && parts.length === 2 ? key.toLowerCase() : key);
    const held = parts.slice(0, -1).map((part) => (part === 'Ctrl' ? 'Control' : part));
    // A capital is pressed as such.
    return /^Shift\+[A-Z]$/.test(text) ? key : [...held, pressedAs].join('+');
  });
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.filter((key) => !pressed.has(key))).toEqual([]);
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** No violation of axe-core's rules on what is shown. */
export async function expectAccessible({ page }: StudioPage): Promise<void> {
  await page.evaluate(AXE);
  const violations = (await page.evaluate('axe.run().then((found) => found.violations)')) as Violation[];
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
}

/** Nothing sticks out of the window sideways. */
export async function expectNoOverflow({ page }: StudioPage): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
}
