// The keys of every way of typing, row by row, as simple-keyboard takes them; what stands in braces does something.
// No number plate of the mainland has I or O (GA 36-2018), nor has one of Hong Kong (Cap. 374E): what looks like one is a
// digit. The characters after the provinces are those of embassies, consulates, driving schools, police and trailers.

const WAYS = "{pinyin} {jyutping} {stroke} {latin} {digits} {space} {next}";
const CHINESE = ["q w e r t y u i o p", "a s d f g h j k l '", "{script} z x c v b n m · {erase}", WAYS];

export const LAYOUTS = {
  pinyin: CHINESE,
  jyutping: CHINESE,
  stroke: ["h s p n z", "{script} · ， 。 （ ） {erase}", WAYS],
  latin: ["q w e r t y u i o p", "a s d f g h j k l '", "{shift} z x c v b n m - {erase}", WAYS],
  capitals: ["Q W E R T Y U I O P", "A S D F G H J K L '", "{shift} Z X C V B N M - {erase}", WAYS],
  digits: ["1 2 3 4 5 6 7 8 9 0", "- / : ( ) # & @ . ,", "+ * % ! ? ， 。 、 · {erase}", WAYS],
  plate: ["1 2 3 4 5 6 7 8 9 0", "Q W E R T Y U P 港 澳", "A S D F G H J K L {erase}", "{provinces} Z X C V B N M {next}"],
  provinces: [
    "京 津 沪 渝 冀 豫 云 辽 黑 湘", "皖 鲁 新 苏 浙 赣 鄂 桂 甘 晋",
    "蒙 陕 吉 闽 贵 粤 青 藏 川 {erase}", "{plate} 宁 琼 使 领 学 警 挂 {next}",
  ],
  document: ["1 2 3 4 5 6 7 8 9 0", "Q W E R T Y U I O P", "A S D F G H J K L {erase}", "( ) Z X C V B N M {next}"],
};

export const CHINESE_WAYS = new Set(["pinyin", "jyutping", "stroke"]);
export const WAYS_OF_WORDS = new Set([...CHINESE_WAYS, "latin", "digits"]);

export const STROKES = { h: "一", s: "丨", p: "丿", n: "丶", z: "乛" };

// Which keys of a way are letters that wait for a character, and which are written at once.
export function composes(way, key) {
  return CHINESE_WAYS.has(way) && (way === "stroke" ? key in STROKES : /^[a-z']$/.test(key));
}
