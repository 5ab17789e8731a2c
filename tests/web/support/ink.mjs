// Whether a row paints where it does not stand.

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
 * Each row is made invisible in turn; whatever changes outside of its box was its ink. Answers the
 * texts of such rows.
 * @param {import('playwright-core').Page} page
 * @param {string} selector  of rows, one below the other
 */
export async function inkOutside(page, selector) {
  const guilty = [];
  const rows = await page.locator(selector).all();
  const viewport = page.viewportSize();
  for (const row of rows) {
    await row.evaluate((element) =>
      scrollTo(0, scrollY + element.getBoundingClientRect().top - 260),
    );
    const box = await row.boundingBox();
    if (!box || !viewport) throw new Error('no box');
    const bar = 60;
    const above = {
      x: 0,
      y: bar,
      width: viewport.width,
      height: Math.max(1, Math.floor(box.y) - bar),
    };
    const from = Math.ceil(box.y + box.height);
    const below = {
      x: 0,
      y: from,
      width: viewport.width,
      height: Math.max(1, viewport.height - from),
    };
    const look = async () => [
      await page.screenshot({ clip: above, animations: 'disabled' }),
      await page.screenshot({ clip: below, animations: 'disabled' }),
    ];
    const before = await look();
    await setVisibility(row, 'hidden');
    const after = await look();
    await setVisibility(row, '');
    if (before.some((picture, at) => !picture.equals(after[at] ?? Buffer.alloc(0)))) {
      guilty.push(await row.innerText());
    }
  }
  return guilty;
}
