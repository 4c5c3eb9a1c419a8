// The page in a real browser: what it shows, and what it does not do with what plugins and clients make it show.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  callApi,
  chromiumPath,
  framesWatched,
  launchChromium,
  scrollTable,
  signIn,
  watchFrames,
} from '../support/chromium.mjs';
import { type PageService, startPageService } from '../support/page-service.js';

const MANY = 5000;
const MOST_ROWS_IN_DOCUMENT = 60;
const LABEL = '<img src=x onerror=alert(0)>"><script>alert(1)</script>';

if (chromiumPath() === undefined) {
  console.warn('test/e2e/page.test.ts is left out: no chromium at /usr/bin/chromium, nor at $CHROMIUM');
}

describe.skipIf(chromiumPath() === undefined)('the page', { timeout: 120_000 }, () => {
  let browser: Browser;
  let service: PageService;
  let context: BrowserContext;
  let page: Page;
  /** Dialogs, errors, refusals by the policy, requests to elsewhere: there must be none. */
  let wrong: string[];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    service = await startPageService();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    wrong = [];
    page.on('dialog', (dialog) => {
      wrong.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
    page.on('console', (message) => {
      // What the API refuses is told by the browser too; the tests that have it refuse something look for themselves.
      const refused = /the server responded with a status of (?:400|401|403|404|409)/.test(message.text());
      if (['error', 'warning'].includes(message.type()) && !refused) wrong.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(service.url)) wrong.push(`request: ${request.url()}`);
    });
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
        console.error(`policy: ${violatedDirective} ${blockedURI}`);
      });
    });
  });
  afterEach(async () => {
    await context.close();
    await service.close();
    expect(wrong).toEqual([]);
  });

  async function start(
    plugin: string,
    count: number,
    concurrency: number,
    first = service.failingCanister,
  ): Promise<string> {
    const { items } = await callApi(service, 'GET', '/v1/plugins');
    const { id } = await callApi(service, 'POST', '/v1/batches', {
      name: `${count} runs`,
      concurrency,
      defaults: {
        plugin: items.find(({ name }: { name: string }) => name === plugin)?.sha256,
        network: service.network,
        identity: service.identity,
      },
      runs: Array.from({ length: count }, (_, index) => ({
        canister: index === 0 ? first : service.canister(index),
        label: index === 0 ? LABEL : `shop-${index}`,
      })),
    });
    return id;
  }

  async function fillBatch(canisters: string, concurrency = '4'): Promise<void> {
    await page.getByRole('link', { name: 'New batch' }).click();
    const plugin = page.getByLabel('Plugin', { exact: true });
    const option = plugin.locator('option', { hasText: service.plugins.working });
    await plugin.selectOption((await option.getAttribute('value')) ?? '');
    await page.getByLabel('Canisters').fill(canisters);
    await page.getByLabel('Runs at once').fill(concurrency);
  }

  const shownState = (): Promise<string | null> => page.locator('.view-head .state').textContent();

  test('one signs in, starts a batch, watches it, opens a failing run, and retries what failed', async () => {
    await signIn(page, service);
    await fillBatch(
      `${service.canister(1)} first\n${service.failingCanister} second\n${service.canister(2)}`,
    );
    await page.getByLabel('Name').fill('evening');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('heading', { name: 'evening' }).waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    await page
      .getByText(/^waiting on (?:update|query)/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Retry 1 failed' }).waitFor();
    expect(await shownState()).toBe('failed');
    expect(await page.getByRole('progressbar').getAttribute('aria-valuetext')).toBe('3 of 3 ended, 1 failed');
    const rows = page.getByRole('grid').getByRole('row');
    expect(await rows.count()).toBe(4);
    await page.locator('label.choice', { hasText: 'failed' }).click();
    expect(await rows.count()).toBe(2);

    await page.getByRole('link', { name: /second/ }).click();
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    const error = page.getByRole('region', { name: 'Why it did not succeed' });
    expect(await error.textContent()).toContain('PLUGIN_FAILED');
    await page
      .getByRole('region', { name: 'Lines of the log' })
      .getByText(/syncing \d+ records/)
      .waitFor();
    expect(await page.locator('.timeline rect').count()).toBeGreaterThan(3);
    expect(await page.getByRole('grid', { name: 'Calls' }).getByRole('row').count()).toBeGreaterThan(1);

    await page.getByRole('link', { name: '← Its batch' }).click();
    await page.getByRole('button', { name: 'Retry 1 failed' }).click();
    await page.getByRole('link', { name: 'an earlier batch' }).waitFor();
    await page.getByRole('button', { name: 'Retry 1 failed' }).waitFor();
    expect(await page.getByRole('progressbar').getAttribute('aria-valuetext')).toBe('1 of 1 ended, 1 failed');
  });

  test('a batch is cancelled, once one has said so again; Escape means no', async () => {
    await signIn(page, service);
    await page.goto(`${service.url}/#/batches/${await start(service.plugins.working, 400, 4)}`);
    const cancel = page.getByRole('button', { name: 'Cancel batch' });
    await cancel.click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await cancel.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await shownState()).toBe('running');
    await cancel.click();
    await page.getByRole('button', { name: 'Cancel the batch' }).click();
    await page.locator('.view-head .state-cancelled').waitFor();
    await expect.poll(() => page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('400');
  });

  test('markup of plugins and clients is text: lines, methods, names, labels, errors', async () => {
    await signIn(page, service);
    const id = await start(service.plugins.hostile, 2, 2);
    await page.goto(`${service.url}/#/batches/${id}`);
    await page.getByText(LABEL).waitFor();
    await page.getByRole('button', { name: /^Retry/ }).waitFor();
    await page.getByRole('link', { name: LABEL }).click();
    const log = page.getByRole('region', { name: 'Lines of the log' });
    for (const line of service.hostileLines) await log.getByText(line, { exact: true }).waitFor();
    await page.goto(`${service.url}/#/plugins`);
    await page.getByRole('heading', { name: service.plugins.hostile }).waitFor();
    for (const summary of await page.getByText('What it may do').all()) await summary.click();
    await page.getByText('random numbers').first().waitFor();
    expect(await page.locator('main :is(img, script, b, u, i, iframe)').count()).toBe(0);
    expect(await page.title()).toBe('Plugins · sandpool');
    // That the policy is there, and would have stopped it: asked of the browser itself.
    const refused = await page.evaluate(
      () =>
        new Promise((resolve) => {
          document.addEventListener('securitypolicyviolation', (event) => resolve(event.violatedDirective), {
            once: true,
          });
          const script = document.createElement('script');
          script.textContent = 'document.title = "taken"';
          document.body.append(script);
        }),
    );
    expect(refused).toMatch(/^script-src/);
    expect(wrong.splice(0).every((text) => /policy|Content Security Policy/.test(text))).toBe(true);
  });

  test('what the service refuses is shown with its hint, and leaves the form as it was', async () => {
    await signIn(page, service);
    await fillBatch('Not-A-Principal');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('Line 1: Not-A-Principal is not a principal').waitFor();
    expect(await page.getByLabel('Canisters').evaluate((element) => element === document.activeElement)).toBe(
      true,
    );
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'page.wasm', mimeType: 'application/wasm', buffer: Buffer.from('<html>') });
    const alert = page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(
      /not a WebAssembly file.*a plugin is a WebAssembly component.*NOT_WASM/s,
    );
    expect(await page.getByLabel('Canisters').inputValue()).toBe('Not-A-Principal');
    await page.goto(`${service.url}/#/runs/01900000-0000-7000-8000-ffffffffffff`);
    await page.getByText('runs are kept for a limited time').waitFor();
  });

  test('plugins are uploaded, disabled, enabled and deleted by those who may', async () => {
    await signIn(page, service);
    await page.getByRole('link', { name: 'Plugins' }).click();
    const wasm = Buffer.from('0061736d0d000100', 'hex');
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'tiny.wasm', mimeType: 'application/wasm', buffer: wasm });
    const card = page.getByRole('article', { name: 'tiny' });
    await card.getByRole('button', { name: 'Disable' }).click();
    await card.getByText('disabled', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'Enable' }).click();
    await card.getByText('enabled', { exact: true }).waitFor();
    await card.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete the plugin' }).click();
    await card.waitFor({ state: 'detached' });
  });

  test('who may only read is offered nothing else', async () => {
    await signIn(page, { url: service.url, token: service.readToken });
    expect(await page.getByRole('link', { name: 'New batch' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Plugins' }).click();
    await page.getByRole('article').first().waitFor();
    expect(await page.getByRole('button', { name: /Disable|Delete|Upload/ }).count()).toBe(0);
  });

  test('the token is kept by the tab alone, survives a reload, and goes at signing out', async () => {
    await page.goto(service.url);
    await page.getByLabel('Token').fill('no-such-token');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    const kept = () => page.evaluate(() => [sessionStorage.length, localStorage.length, document.cookie]);
    expect(await kept()).toEqual([0, 0, '']);
    await signIn(page, service);
    expect(await kept()).toEqual([1, 0, '']);
    await page.reload();
    await page.getByRole('heading', { name: 'Batches' }).waitFor();
    expect(page.url()).not.toContain(service.token);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await kept()).toEqual([0, 0, '']);
  });

  test('a token that is revoked signs out, and says so', async () => {
    await signIn(page, service);
    await page.route('**/v1/**', (route) =>
      route.fulfill({
        status: 401,
        contentType: 'application/problem+json',
        body: '{"detail":"gone","code":"X"}',
      }),
    );
    await page.getByRole('link', { name: 'Totals' }).click();
    await page.getByText('no longer accepts the token').waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });

  test('the keyboard is enough: from signing in to a batch, to a run, and back', async () => {
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement;
        return element?.textContent?.trim() || element?.getAttribute('aria-label') || element?.id || '';
      });
    /** Tab, until it is on what is wanted; a trap would never get there. */
    const tabTo = async (wanted: RegExp): Promise<void> => {
      const passed: string[] = [];
      for (let presses = 0; presses < 40; presses++) {
        await page.keyboard.press('Tab');
        const now = await focused();
        if (wanted.test(now)) {
          const outline = await page.evaluate(
            () => getComputedStyle(document.activeElement as Element).outlineStyle,
          );
          expect(outline).not.toBe('none');
          return;
        }
        passed.push(now);
      }
      throw new Error(`Tab never came to ${wanted}, but to ${passed.join(' | ')}`);
    };
    await start(service.plugins.working, 300, 2);
    await page.goto(service.url);
    await page.getByLabel('Token').waitFor();
    await tabTo(/^token$/);
    await page.keyboard.type(service.token);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: '300 runs' }).waitFor();
    expect(await focused()).toBe('Batches');
    await tabTo(/^300 runs$/);
    await page.keyboard.press('Enter');
    await page.getByRole('grid').getByRole('row').nth(5).waitFor();
    expect(await focused()).toMatch(/^300 runs/);
    await tabTo(/^<img src=x/);
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toMatch(/^shop-1\b/);
    await page.keyboard.press('End');
    expect(await focused()).toMatch(/^shop-299\b/);
    expect(await page.locator('[role=row]:focus-within').getAttribute('aria-rowindex')).toBe('301');
    await page.keyboard.press('Home');
    await page.keyboard.press('PageDown');
    expect(Number(/^shop-(\d+)/.exec(await focused())?.[1])).toBeGreaterThan(5);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    expect(await focused()).toMatch(/^shop-\d+/);
    await page.keyboard.press('Shift+Tab');
    expect(await focused()).toBe('← Its batch');
    await page.keyboard.press('Enter');
    await page.getByRole('grid').waitFor();
  });

  test('everything that can be pressed has a name, every control a label, every view one heading and its landmarks', async () => {
    await signIn(page, service);
    const id = await start(service.plugins.working, 20, 4);
    const { items } = await callApi(service, 'GET', `/v1/runs?batch=${id}`);
    for (const hash of [
      'batches',
      'batches/new',
      `batches/${id}`,
      `runs/${items[0].id}`,
      'plugins',
      'totals',
    ]) {
      await page.goto(`${service.url}/#/${hash}`);
      await page.locator('main h1').waitFor();
      await page.locator('main :is(table, [role=grid], form, article, canvas)').first().waitFor();
      const found = await page.evaluate(() => {
        const named = (element: Element): boolean => {
          const labels = (element as HTMLInputElement).labels;
          return (
            (
              (element.getAttribute('aria-label') ?? '') +
              (element.textContent ?? '') +
              [...(labels ?? [])].map((label) => label.textContent).join('')
            ).trim() !== ''
          );
        };
        const ids = [...document.querySelectorAll('[id]')].map(({ id: own }) => own);
        return {
          unnamed: [...document.querySelectorAll('button, a, input, select, textarea, [role=grid]')]
            .filter((element) => !named(element))
            .map(({ outerHTML }) => outerHTML),
          twice: ids.filter((own, index) => ids.indexOf(own) !== index),
          headings: document.querySelectorAll('h1').length,
          landmarks: ['header', 'nav', 'main'].filter((name) => document.querySelectorAll(name).length !== 1),
          nowhere: [...document.querySelectorAll('[aria-labelledby], [aria-describedby]')].filter(
            (element) =>
              document.getElementById(
                element.getAttribute('aria-labelledby') ?? element.getAttribute('aria-describedby') ?? '',
              ) === null,
          ).length,
        };
      });
      expect({ hash, ...found }).toEqual({
        hash,
        unnamed: [],
        twice: [],
        headings: 1,
        landmarks: [],
        nowhere: 0,
      });
    }
  });

  test.each(['light', 'dark'] as const)('text can be told from its ground: %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(service.url);
    const contrasts = await page.evaluate(() => {
      const style = getComputedStyle(document.documentElement);
      const luminance = (name: string): number => {
        const short = style.getPropertyValue(name).trim();
        const hex = short.length === 4 ? short.replace(/[0-9a-f]/g, '$&$&') : short;
        const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
          const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
          return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      };
      const contrast = (a: string, b: string): number => {
        const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
        return (high + 0.05) / (low + 0.05);
      };
      const states = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted'].map(
        (state) => `--state-${state}`,
      );
      const texts = ['--text', '--text-soft', '--accent', '--bad', ...states];
      const pairs: [string, string, number][] = [
        ...texts.flatMap((text): [string, string, number][] => [
          [text, '--ground', 4.5],
          [text, '--ground-soft', 4.5],
        ]),
        ['--text', '--ground-strong', 4.5],
        ['--text-soft', '--ground-strong', 4.5],
        ['--text', '--bad-ground', 4.5],
        ['--text-soft', '--bad-ground', 4.5],
        ['--accent-text', '--accent', 4.5],
        ['--line-strong', '--ground', 3],
      ];
      return pairs.map(([text, ground, least]) => ({
        pair: `${text} on ${ground}`,
        contrast: contrast(text, ground),
        least,
      }));
    });
    expect(contrasts.filter(({ contrast, least }) => !(contrast >= least))).toEqual([]);
  });

  test(`${MANY} runs: few rows are in the document, whatever is scrolled and changes`, async () => {
    await service.close();
    service = await startPageService({ speed: 10 });
    await signIn(page, service);
    const id = await start(service.plugins.working, MANY, 1000, service.canister(0));
    await page.goto(`${service.url}/#/batches/${id}`);
    await page.getByRole('grid').getByRole('row').nth(5).waitFor();
    await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe(String(MANY + 1));
    await watchFrames(page);
    const most = await scrollTable(page, 3000);
    console.log(
      `scrolling ${MANY} runs while they change: ${JSON.stringify(await framesWatched(page))}, ${most} rows at most`,
    );
    expect(most).toBeGreaterThan(10);
    expect(most).toBeLessThan(MOST_ROWS_IN_DOCUMENT);
    await expect
      .poll(() => page.getByRole('progressbar').getAttribute('aria-valuenow'), { timeout: 60_000 })
      .toBe(String(MANY));
    // What the page has counted is what the service says.
    const { counts } = await callApi(service, 'GET', `/v1/batches/${id}`);
    await page.getByText('Took', { exact: true }).waitFor();
    expect(await page.getByRole('progressbar').getAttribute('aria-valuetext')).toBe(
      `5,000 of 5,000 ended, ${counts.failed} failed`,
    );
  });

  test('a stream that breaks is taken up again behind what was seen, and nothing is missed', async () => {
    await signIn(page, service);
    const streams: (string | undefined)[] = [];
    page.on('request', (request) => {
      if (/\/batches\/.*\/events/.test(request.url())) streams.push(request.headers()['last-event-id']);
    });
    const id = await start(service.plugins.working, 12, 3);
    await page.goto(`${service.url}/#/batches/${id}`);
    await page
      .getByText(/^waiting on/)
      .first()
      .waitFor();
    service.breakConnections();
    await page.getByText('connection lost, trying again').waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    await expect
      .poll(() => page.getByRole('progressbar').getAttribute('aria-valuenow'), { timeout: 60_000 })
      .toBe('12');
    expect(streams).toHaveLength(2);
    expect(Number(streams[1])).toBeGreaterThan(Number(streams[0]));
    expect(wrong.splice(0).every((text) => /net::ERR_/.test(text))).toBe(true);
  });
});
