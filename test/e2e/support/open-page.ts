// A browser with the page of a service open, for each test of a file; and a watch over what must never happen on it.

import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { callApi, launchChromium } from '../../support/chromium.mjs';
import { tellOfPolicy } from '../../support/in-page.mjs';
import { type PageService, startPageService } from '../../support/page-service.js';

/** What a test has. */
export interface OpenPage {
  /** One for all tests of the file. */
  readonly service: PageService;
  readonly page: Page;
  /** Dialogs, errors, refusals by the policy, requests to elsewhere: must be empty when the test ends. */
  readonly wrong: string[];
}

/** A batch that is wanted. */
export interface WantedBatch {
  /** The name of a guest. */
  readonly plugin: string;
  readonly count: number;
  readonly concurrency: number;
  /** @default a canister for which the run succeeds */
  readonly first?: string;
  /** @default for `calls-update`: one update */
  readonly environment?: string;
}

/** The label of the first run of a batch; the others are `shop-1` and up. */
export const LABEL = '<img src=x onerror=alert(0)>"><script>alert(1)</script>';

/** Starts the service and the browser for the file that calls it, and a new tab for each test. */
export function openPage(): OpenPage {
  let browser: Browser;
  let service: PageService;
  let context: BrowserContext;
  let page: Page;
  let wrong: string[];
  beforeAll(async () => {
    [browser, service] = await Promise.all([launchChromium(), startPageService()]);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    page.setDefaultTimeout(15_000);
    wrong = await watch(page, service.url);
  });
  afterEach(async () => {
    await context.close();
    await cancelAll(service);
    expect(wrong).toEqual([]);
  });
  return {
    get service() {
      return service;
    },
    get page() {
      return page;
    },
    get wrong() {
      return wrong;
    },
  };
}

/** Makes a batch by the API. @returns its id */
export async function startBatch(service: PageService, wanted: WantedBatch): Promise<string> {
  const { plugin, count, concurrency, first = service.canister(0), environment } = wanted;
  const { id } = await callApi(service, 'POST', '/v1/batches', {
    name: `${count} runs`,
    concurrency,
    defaults: {
      plugin: service.plugins.get(plugin),
      network: service.network,
      identity: service.identity,
      ...(environment === undefined ? {} : { environment }),
    },
    runs: Array.from({ length: count }, (_, index) => ({
      canister: index === 0 ? first : service.canister(index),
      label: index === 0 ? LABEL : `shop-${index}`,
    })),
  });
  return id;
}

async function watch(page: Page, ownUrl: string): Promise<string[]> {
  const wrong: string[] = [];
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // What the API refuses is told by the browser too; the tests that have it refuse something look for themselves.
    const refused = /the server responded with a status of (?:400|401|403|404|409|415)/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !refused) wrong.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(ownUrl)) wrong.push(`request: ${request.url()}`);
  });
  await tellOfPolicy(page);
  return wrong;
}

/** What a test leaves under way must not take the next one's time. */
async function cancelAll(service: PageService): Promise<void> {
  const { items } = await callApi(service, 'GET', '/v1/runs?state=queued,running&limit=1000');
  const batches = new Set<string>(items.map(({ batch }: { batch: string }) => batch));
  for (const id of batches) {
    await callApi(service, 'POST', `/v1/batches/${id}/cancel`).catch((error: Error) => {
      // It has ended since it was listed.
      if (!error.message.includes('RUN_STATE_CONFLICT')) throw error;
    });
  }
}
