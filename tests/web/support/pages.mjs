// Every page and every state of it, for whoever must see them all.

/**
 * @typedef {import('./api.mjs').Member} Member
 * @typedef {{author: Member, reader: Member, id: string, own: string}} World
 * @typedef {import('playwright-core').Page} Page
 */

/**
 * A little world in which no page is empty.
 * @param {import('./api.mjs').Api} api
 * @returns {Promise<World>}
 */
export async function pagesWorld(api) {
  const author = await api.join({
    first_name: 'Maya',
    last_name: 'Lind',
    description: 'Baker on Canal Street. Up at four, asleep by nine. Ask me about rye.',
  });
  const reader = await api.join({
    first_name: 'Arjun',
    last_name: 'Rao',
    description: 'Runs the Saturday chess tables under the plane tree. Bring a thermos.',
  });
  const ids = await api.tweets(author, 25);
  const id = await api.tweet(
    author,
    `@${reader.username} The rye starter is older than my niece.\n\nhttps://example.org/rye`,
  );
  const own = await api.tweet(reader, 'Saw the rings of Saturn from a rooftop. That is the tweet.');
  await api.tweet(author, 'صباح الخير يا جيران. القهوة جاهزة والشباك مفتوح.');
  await api.tweet(author, 'おはようございます。今朝の運河は霧で真っ白でした。');
  await api.follow(reader, author);
  await api.follow(author, reader);
  await api.favorite(reader, author, id);
  await api.favorite(author, author, id);
  await api.favorite(reader, author, ids[20] ?? '');
  return { author, reader, id, own };
}

/** @type {{name: string, signedIn: boolean, path: (world: World) => string}[]} */
export const PAGES = [
  { name: 'welcome', signedIn: false, path: () => '/' },
  { name: 'join', signedIn: false, path: () => '/join' },
  { name: 'login', signedIn: false, path: () => '/login' },
  { name: 'profile-stranger', signedIn: false, path: ({ author }) => `/@${author.username}` },
  {
    name: 'tweet-stranger',
    signedIn: false,
    path: ({ author, id }) => `/@${author.username}/${id}`,
  },
  { name: 'home', signedIn: true, path: () => '/' },
  { name: 'profile', signedIn: true, path: ({ author }) => `/@${author.username}` },
  { name: 'profile-own', signedIn: true, path: ({ reader }) => `/@${reader.username}` },
  {
    name: 'profile-favorited',
    signedIn: true,
    path: ({ author }) => `/@${author.username}?favorited=true`,
  },
  { name: 'profile-dates', signedIn: true, path: ({ author }) => `/@${author.username}?dates` },
  { name: 'favorites', signedIn: true, path: ({ author }) => `/@${author.username}/favorites` },
  { name: 'activity', signedIn: true, path: ({ reader }) => `/@${reader.username}/activity` },
  { name: 'followers', signedIn: true, path: ({ author }) => `/@${author.username}/followers` },
  { name: 'followees', signedIn: true, path: ({ author }) => `/@${author.username}/followees` },
  { name: 'tweet', signedIn: true, path: ({ author, id }) => `/@${author.username}/${id}` },
  { name: 'tweet-own', signedIn: true, path: ({ reader, own }) => `/@${reader.username}/${own}` },
  {
    name: 'delete',
    signedIn: true,
    path: ({ reader, own }) => `/@${reader.username}/${own}/delete`,
  },
  { name: 'write', signedIn: true, path: () => '/write' },
  {
    name: 'people',
    signedIn: true,
    path: ({ author }) => `/people?prefix=${author.username.slice(0, 4)}`,
  },
  { name: 'people-none', signedIn: true, path: () => '/people?prefix=zzzz' },
  { name: 'settings', signedIn: true, path: () => '/settings' },
  {
    name: 'empty',
    signedIn: true,
    path: ({ reader }) => `/@${reader.username}?since=2001-01-01&until=2001-01-02`,
  },
  { name: 'not-found', signedIn: true, path: () => '/@nobody' },
];

/**
 * @type {{name: string, path: (world: World) => string, enter: (page: Page) => Promise<unknown>}[]}
 */
export const STATES = [
  { name: 'menu', path: () => '/', enter: (page) => page.locator('.me').click() },
  { name: 'compose', path: () => '/', enter: (page) => page.locator('#write-button').click() },
  {
    name: 'compose-near',
    path: () => '/',
    async enter(page) {
      await page.locator('#write-button').click();
      await page
        .locator('#content')
        .fill('Bishop takes rook, plane tree takes bishop: '.repeat(3).slice(0, 125));
    },
  },
  {
    name: 'compose-over',
    path: () => '/',
    async enter(page) {
      await page.locator('#write-button').click();
      await page.locator('#content').fill(`${'a'.repeat(130)} and then some more`);
    },
  },
  { name: 'keys', path: () => '/', enter: (page) => page.locator('#keys-button').click() },
  {
    name: 'delete-dialog',
    path: ({ reader }) => `/@${reader.username}`,
    enter: (page) => page.locator('[data-delete]').first().click(),
  },
  {
    name: 'search',
    path: ({ author }) => `/@${author.username}`,
    async enter(page) {
      if (!(await page.locator('#who').isVisible())) return;
      await page.locator('#who').fill('reader');
      await page.getByRole('option').first().waitFor();
    },
  },
  {
    name: 'toast',
    path: () => '/people',
    async enter(page) {
      await page.locator('#write-button').click();
      await page.locator('#content').fill(`Posted elsewhere ${Math.random()}`);
      await page.keyboard.press('Control+Enter');
      await page.locator('.toast').waitFor();
    },
  },
];
