// Debian's Chromium, by playwright-core: found, started, and asked how long its frames were.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

/** Where it is; undefined when there is none. `apt-get install chromium` brings it, $CHROMIUM names another. */
export function chromiumPath() {
  return [process.env.CHROMIUM, '/usr/bin/chromium'].find((path) => path !== undefined && existsSync(path));
}

/** Starts it. The sandbox of its own needs rights that a container seldom has; what it is shown is ours. */
export function launchChromium() {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('no chromium: apt-get install chromium, or set CHROMIUM');
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}

/** Signs in by the form. */
export async function signIn(page, { url, token }) {
  await page.goto(url);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Batches' }).waitFor();
}

/**
 * Asks the API directly, as any client may.
 * @returns {Promise<any>}
 */
export async function callApi({ url, token }, method, path, body) {
  const response = await fetch(new URL(path, url), {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

/** Begins to write down how far frames are apart, and which tasks were long. */
export async function watchFrames(page) {
  await page.evaluate(() => {
    const watched = { gaps: [], tasks: [], on: true };
    window.watchedFrames = watched;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) watched.tasks.push(duration);
    });
    observer.observe({ type: 'longtask' });
    let last = performance.now();
    const frame = (now) => {
      watched.gaps.push(now - last);
      last = now;
      if (watched.on) requestAnimationFrame(frame);
      else observer.disconnect();
    };
    requestAnimationFrame(frame);
  });
}

/** What was written down since, in milliseconds. A task counts as long from 50 ms. */
export async function framesWatched(page) {
  const { gaps, tasks } = await page.evaluate(() => {
    window.watchedFrames.on = false;
    return window.watchedFrames;
  });
  const sorted = gaps.slice(1).toSorted((a, b) => a - b);
  const at = (share) =>
    Math.round(10 * (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)) / 10;
  return {
    frames: sorted.length,
    medianMs: at(0.5),
    p99Ms: at(0.99),
    longestMs: at(1),
    longTasks: tasks.map(Math.round),
  };
}

/** Scrolls a table up and down, some hundred rows a frame, for so long; gives the most rows seen in the document. */
export function scrollTable(page, durationMs) {
  return page.evaluate(async (ms) => {
    const body = document.querySelector('.grid-body');
    const until = performance.now() + ms;
    let most = 0;
    let direction = 1;
    while (performance.now() < until) {
      const end = body.scrollHeight - body.clientHeight;
      body.scrollTop += direction * 1700;
      if (body.scrollTop >= end - 1) direction = -1;
      if (body.scrollTop <= 0) direction = 1;
      await new Promise(requestAnimationFrame);
      most = Math.max(most, document.querySelectorAll('.grid-body [role=row]').length);
    }
    return most;
  }, durationMs);
}
