// Texts at the limit, and texts that mean harm.

const SEEDS = {
  plain: 'a',
  'a family': '👨‍👩‍👧‍👦',
  'a rainbow flag': '🏳️‍🌈',
  'a flag': '🇺🇦',
  'a lone indicator': '🇺',
  'a keycap': '1️⃣',
  'a skin tone': '👋🏽',
  'decomposed Latin': 'e\u0301',
  'composed Latin': 'é',
  'two marks': 'a\u0323\u0302',
  'marks in the other order': 'a\u0302\u0323',
  'decomposed Hangul': '\u1112\u1161\u11ab',
  'composed Hangul': '한',
  'half-composed Hangul': '\ud558\u11ab',
  'combining marks': 'n\u0300\u0301\u0302\u0303',
  'a mark alone': '\u0301',
  'line feeds': '\n',
  CRLF: '\r\n',
  Arabic: 'مرحبا',
  Hebrew: 'שָׁלוֹם',
  'an override': '\u202eabc\u202c',
  isolates: '\u2067abc\u2069',
  Devanagari: 'हिन्दी',
  'a composition exclusion': '\u0958',
  Thai: 'ภาษาไทย',
  'the Angstrom sign': '\u212b',
  Han: '漢字',
  'compatibility Han': '\uf900',
  'mathematical letters': '𝔘𝔫𝔦',
  'a joiner chain': 'a\u200d\u200d\u200da',
};

/** What the server counts. @param {string} text */
const length = (text) => [...text.replaceAll('\r\n', '\n').normalize('NFC')].length;

/** Thirty texts, each of which can be made of a length. */
export function limitTexts() {
  return Object.entries(SEEDS).map(([name, seed]) => ({
    name,
    /** @param {number} wanted */
    at(wanted) {
      let text = 'x';
      while (length(`${text}${seed}`) <= wanted - 1) text += seed;
      while (length(text) < wanted) text += 'y';
      return text;
    },
  }));
}
