// What tests ask of the document in the browser: each function's inner one runs there.

/** Whether what a locator finds has the focus. */
export function hasFocus(locator) {
  return locator.evaluate((element) => element === document.activeElement);
}

/** What has the focus, by its text or its name. */
export function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    return element?.textContent?.trim() || element?.getAttribute('aria-label') || element?.id || '';
  });
}

/** How the focus is shown: `none` when one cannot see where it is. */
export function focusOutline(page) {
  return page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
}

/** What the browser keeps of the page: items of the session, items for ever, cookies. */
export function kept(page) {
  return page.evaluate(() => [sessionStorage.length, localStorage.length, document.cookie]);
}

/** Has everything that the content security policy stops said on the console. */
export function tellOfPolicy(page) {
  return page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      console.error(`policy: ${violatedDirective} ${blockedURI}`);
    });
  });
}

/** Adds a script to the document. @returns the directive of the policy that stopped it */
export function directiveAgainstScript(page) {
  return page.evaluate(
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
}

/** What somebody who does not see the view would miss in it. */
export function outlineOf(page) {
  return page.evaluate(() => {
    const named = (element) =>
      [
        element.getAttribute('aria-label') ?? '',
        element.textContent ?? '',
        ...[...(element.labels ?? [])].map((label) => label.textContent),
      ]
        .join('')
        .trim() !== '';
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    const missing = (element) =>
      ['aria-labelledby', 'aria-describedby']
        .flatMap((name) => element.getAttribute(name)?.split(' ') ?? [])
        .filter((id) => document.getElementById(id) === null);
    return {
      unnamed: [...document.querySelectorAll('button, a, input, select, textarea, [role=grid]')]
        .filter((element) => !named(element))
        .map(({ outerHTML }) => outerHTML),
      twice: ids.filter((id, index) => ids.indexOf(id) !== index),
      headings: document.querySelectorAll('h1').length,
      landmarks: ['header', 'nav', 'main'].map((name) => document.querySelectorAll(name).length),
      nowhere: [...document.querySelectorAll('[aria-labelledby], [aria-describedby]')].flatMap(missing),
    };
  });
}

/** The contrast of pairs of colours, each by its name in the style. */
export function contrastsOf(page, pairs) {
  return page.evaluate((wanted) => {
    const style = getComputedStyle(document.documentElement);
    const luminance = (name) => {
      const short = style.getPropertyValue(name).trim();
      const hex = short.length === 4 ? short.replace(/[0-9a-f]/g, '$&$&') : short;
      const [red, green, blue] = [1, 3, 5].map((at) => {
        const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    return wanted.map(([text, ground, least]) => {
      const [low, high] = [luminance(text), luminance(ground)].sort((a, b) => a - b);
      return { pair: `${text} on ${ground}`, contrast: (high + 0.05) / (low + 0.05), least };
    });
  }, pairs);
}
