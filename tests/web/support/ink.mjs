// Whether a row paints where it does not stand.

/** So much may a pixel change: the smoothing of others' edges does, when a row is gone. */
const SMOOTHING = 24;
const BAR = 60;

/**
 * All of it, and nothing else: another opacity would make a layer, which shifts the ink of others.
 * @param {import('playwright-core').Locator} row
 * @param {string} visibility
 */
const setVisibility = (row, visibility) =>
  row.evaluate((element, value) => {
    for (const part of [element, ...element.querySelectorAll('*')]) {
      /** @type {HTMLElement} */ (part).style.visibility = value;
    }
  }, visibility);

/**
 * By how much two pictures differ at most, between the bar and `top` and from `bottom` on.
 * @param {import('playwright-core').Page} blank  decodes them
 * @param {Buffer[]} pictures
 * @param {number} top
 * @param {number} bottom
 */
function difference(blank, pictures, top, bottom) {
  const encoded = pictures.map((picture) => picture.toString('base64'));
  return blank.evaluate(
    async ([texts, bar, until, from]) => {
      const [a = [], b = []] = await Promise.all(
        texts.map(async (data) => {
          const image = new Image();
          image.src = `data:image/png;base64,${data}`;
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height);
          const brush = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
          brush.drawImage(image, 0, 0);
          const bytes = (/** @type {number} */ first, /** @type {number} */ rows) =>
            rows > 0 ? brush.getImageData(0, first, image.width, rows).data : [];
          return [...bytes(bar, until - bar), ...bytes(from, image.height - from)];
        }),
      );
      let most = 0;
      for (let at = 0; at < a.length; at += 1) {
        most = Math.max(most, Math.abs((a[at] ?? 0) - (b[at] ?? 0)));
      }
      return most;
    },
    /** @type {const} */ ([encoded, BAR, top, bottom]),
  );
}

/**
 * Each row is made invisible in turn; whatever changes outside of its box was its ink. Answers the
 * texts of such rows.
 * @param {import('playwright-core').Page} page
 * @param {string} selector  of rows, one below the other
 */
export async function inkOutside(page, selector) {
  const guilty = [];
  const context = await page.context().browser()?.newContext();
  const blank = await context?.newPage();
  for (const row of await page.locator(selector).all()) {
    await row.evaluate((element) => {
      scrollTo(0, scrollY + element.getBoundingClientRect().top - 260);
    });
    const box = await row.boundingBox();
    if (!box || !blank) throw new Error('no box');
    const before = await page.screenshot();
    await setVisibility(row, 'hidden');
    const after = await page.screenshot();
    await setVisibility(row, '');
    if (before.equals(after)) continue;
    // A box may end within a pixel, which both of its neighbours paint then.
    const [top, bottom] = [Math.floor(box.y) - 1, Math.ceil(box.y + box.height) + 1];
    const most = await difference(blank, [before, after], top, bottom);
    if (most > SMOOTHING) guilty.push(`${most}: ${await row.innerText()}`);
  }
  await context?.close();
  return guilty;
}
