#include "bench/world/text.h"

#include "bench/world/numeric.h"
#include "bench/world/random.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace warble::bench {
namespace {

using Words = std::span<const std::string_view>;

constexpr std::string_view kEnglish[] = {
    "the",  "train",    "was",    "late",    "again",  "and",   "we",     "walked",  "home",
    "in",   "rain",     "coffee", "first",   "then",   "my",    "garden", "has",     "three",
    "ripe", "tomatoes", "a",      "library", "closes", "at",    "six",    "never",   "seen",
    "so",   "many",     "stars",  "who",     "else",   "is",    "awake",  "reading", "this",
    "book", "for",      "second", "time",    "our",    "team",  "won",    "by",      "one",
    "goal", "bread",    "smells", "like",    "summer", "on",    "island", "please",  "send",
    "more", "pictures", "of",     "your",    "cat",    "today", "to",     "be",      "quiet"};
constexpr std::string_view kLatin[] = {
    "der",     "Frühling", "ist",      "schön",   "heute",  "über",    "Straße",  "grüßt",
    "el",      "niño",     "mañana",   "corazón", "está",   "también", "año",     "qué",
    "été",     "déjà",     "français", "où",      "forêt",  "œuvre",   "garçon",  "naïve",
    "coração", "não",      "então",    "maçã",    "żółty",  "dzień",   "książka", "łódź",
    "kırmızı", "güneş",    "çiçek",    "ağaç",    "příliš", "kůň",     "večer",   "řeka",
    "smörgås", "ö",        "blå",      "fjäll",   "tiếng",  "Việt",    "đường",   "phở"};
constexpr std::string_view kCyrillic[] = {
    "сегодня", "утром", "шёл",   "снег",  "и",        "город", "стал",    "тихим",  "мы",
    "пили",    "чай",   "на",    "кухне", "говорили", "о",     "море",    "поезд",  "опять",
    "ушёл",    "без",   "нас",   "какая", "хорошая",  "книга", "вечером", "будет",  "концерт",
    "друзья",  "ждут",  "київ",  "їжак",  "є",        "мій",   "ґанок",   "дякую",  "бяспека",
    "ў",       "лесе",  "љубав", "ђак",   "ново",     "време", "обичам",  "зимата", "вече"};
constexpr std::string_view kGreek[] = {
    "σήμερα", "ο",      "καιρός",   "είναι",   "καλός",  "και",     "η",    "θάλασσα",
    "ήσυχη",  "πάμε",   "βόλτα",    "στην",    "πόλη",   "καφές",   "με",   "φίλους",
    "το",     "βιβλίο", "τελείωσε", "αύριο",   "πάλι",   "δουλειά", "ένα",  "τραγούδι",
    "για",    "εσένα",  "νύχτα",    "φεγγάρι", "δρόμος", "ελιές",   "ψωμί", "ουρανός",
    "παιδιά", "γέλιο",  "άνοιξη",   "χρόνια"};
constexpr std::string_view kArabic[] = {
    "صباح",  "الخير", "يا",    "أصدقاء",  "اليوم", "جميل",   "في",   "المدينة", "قرأت",
    "كتابا", "عن",    "البحر", "والسماء", "شربنا", "القهوة", "مع",   "الجيران", "متى",
    "نلتقي", "غدا",   "إن",    "شاء",     "الله",  "القطار", "تأخر", "مرة",     "أخرى",
    "مطر",   "خفيف",  "على",   "النافذة", "سلام",  "شكرا",   "لكم",  "موسيقى",  "هادئة"};
constexpr std::string_view kDevanagari[] = {
    "आज",  "सुबह",  "बारिश", "हुई",    "और",   "चाय", "बहुत", "अच्छी",  "थी",   "मेरा",
    "भाई", "शहर",  "से",     "लौटा",  "है",    "हम",  "सब",  "मिलकर", "खाना", "खाते",
    "हैं",   "नई",   "किताब", "शुरू",    "की",   "रेल",  "फिर", "देर",    "आई",   "दोस्त",
    "कल",  "मिलेंगे", "नमस्ते",  "दुनिया", "आकाश", "में",   "तारे", "शांति",  "गीत",  "सुनो"};
constexpr std::string_view kHan[] = {
    "今天",   "天气", "很好", "我们", "去",   "公园", "散步", "朋友", "送给", "我",   "一本",
    "新书",   "晚上", "一起", "吃饭", "火车", "又",   "晚点", "了",   "咖啡", "真香", "孩子们",
    "在",     "河边", "唱歌", "明天", "开始", "放假", "雨",   "停了", "月亮", "出来", "大家",
    "早上好", "山上", "有雪", "工作", "顺利", "想念", "家乡", "的",   "味道", "電影", "開場"};
constexpr std::string_view kKana[] = {
    "おはよう",     "ございます", "きょうは",   "いい",     "てんき",     "ですね",
    "コーヒーを",   "のんで",     "しごとへ",   "いきます", "ともだちと", "あそんだ",
    "たのしかった", "また",       "あした",     "ラーメン", "おいしい",   "でんしゃが",
    "おくれて",     "います",     "ねこが",     "まどで",   "ねている",   "ゲームを",
    "おわった",     "ありがとう", "がんばろう", "ピアノの", "おとが",     "きこえる"};
constexpr std::string_view kEmoji[] = {"😀", "🎉",      "☕",        "🌧️",       "🚆", "📚",
                                       "🐈", "❤️", "🌊",        "👩‍💻",   "🍅", "🎵",
                                       "🌙", "✨",      "👍🏽", "🏳️‍🌈"};

struct Script {
  unsigned share;  // of 100 texts
  Words words;
  std::string_view separator;
  std::string_view sentence_end;
};

constexpr std::array<Script, 8> kScripts = {{{42, kEnglish, " ", "."},
                                             {18, kLatin, " ", "!"},
                                             {9, kCyrillic, " ", "."},
                                             {4, kGreek, " ", "."},
                                             {7, kArabic, " ", "؟"},
                                             {5, kDevanagari, " ", "।"},
                                             {8, kHan, "", "。"},
                                             {7, kKana, "", "。"}}};

constexpr std::string_view kFirstNames[] = {
    "Ada",  "Amina", "Björn", "Chiara", "Daniel", "Elif",    "Fatima", "Grace", "Hüseyin",
    "Inés", "João",  "Karel", "Léa",    "Minh",   "Nadia",   "Olga",   "Priya", "Quinn",
    "Rosa", "Søren", "Tomás", "Ulla",   "Vera",   "Wangari", "Xin",    "Yusuf", "Zoë",
    "Анна", "Іван",  "Ελένη", "سارة",   "आशा",    "美",      "さくら"};
constexpr std::string_view kLastNames[] = {
    "Almeida", "Brandt",   "Çelik",    "Dubois",       "Eriksson", "Fernández", "García", "Haddad",
    "Ito",     "Jansen",   "Kowalska", "Lévy",         "Müller",   "Nguyễn",    "Okafor", "Petrov",
    "Quispe",  "Rossi",    "Singh",    "Tanaka",       "Usman",    "Varga",     "Wójcik", "Young",
    "Žižek",   "Смирнова", "Шевченко", "Παπαδόπουλος", "حسن",      "शर्मा",      "王",     "山田"};

std::size_t CountCodePoints(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string_view Pick(Words words, Random& random) {
  return words[random.Below(static_cast<std::uint32_t>(words.size()))];
}

const Script& PickScript(Random& random) {
  std::uint32_t draw = random.Below(100);
  for (const Script& script : kScripts) {
    if (draw < script.share) return script;
    draw -= script.share;
  }
  return kScripts.front();
}

}  // namespace

std::string MakeText(std::uint64_t seed, std::size_t limit) {
  constexpr std::uint32_t kLeastTarget = 18;
  constexpr std::uint32_t kMeanSentence = 7;
  Random random(seed);
  const Script& script = PickScript(random);
  const std::size_t target =
      kLeastTarget + random.Below(static_cast<std::uint32_t>(limit - kLeastTarget + 1));
  std::string text;
  std::size_t length = 0;
  const auto append = [&](std::string_view separator, std::string_view word) {
    const std::size_t added = CountCodePoints(separator) + CountCodePoints(word);
    if (length + added > target) return false;
    text.append(separator).append(word);
    length += added;
    return true;
  };
  append("", Pick(script.words, random));
  while (append(script.separator, Pick(script.words, random))) {
    if (random.Below(kMeanSentence) == 0) append("", script.sentence_end);
  }
  if (random.Below(4) == 0) append(" ", Pick(kEmoji, random));
  return text;
}

PersonName MakeName(std::uint64_t seed) {
  Random random(seed);
  const std::string_view first = Pick(kFirstNames, random);
  return {std::string(first), std::string(Pick(kLastNames, random))};
}

}  // namespace warble::bench
