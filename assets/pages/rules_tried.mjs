/* Pure: rules tried, by market. */

/** Fields of a rule, as `analytics.studies.rules.rule.Rule` names them. */
const RULE = ["level", "n", "entry", "k", "stop", "m", "target", "fill", "cost_bp"];
/** As the page's state has them when an address names none. */
const DEFAULTS = { symbol: "SPY", group: "one" };
/** `analytics.studies.rules.rule.MOST_TRIED` */
export const MOST = 40;

/** @typedef {Record<string, string[]>} Tried market -> rules, oldest first */

const text = (params, names) =>
  names
    .filter((name) => params[name])
    .map((name) => name + "=" + params[name])
    .join("&");

/** What a rule is tried on, however it is written. Other dates are the same market: whoever tries
    rules on one span has seen the other. @param {Record<string, any>} params */
export function marketOf(params) {
  const group = params.group || DEFAULTS.group;
  if (group !== DEFAULTS.group) return "group=" + group;
  const symbol = String(params.symbol || DEFAULTS.symbol);
  return "symbol=" + symbol.trim().toUpperCase().replaceAll(/[./]/g, "-");
}

/** The rule, as what differs from the default. @param {Record<string, any>} params */
export const ruleOf = (params) => text(params, RULE);

/** @param {Tried} tried @param {string} market @param {string} rule @returns {Tried} */
export function withTried(tried, market, rule) {
  const before = (tried[market] || []).filter((one) => one !== rule);
  return { ...tried, [market]: [...before, rule].slice(-MOST) };
}

/** How many rules were tried elsewhere. @param {Tried} tried @param {string} market */
export const othersOf = (tried, market) =>
  Object.entries(tried).reduce(
    (sum, [name, rules]) => sum + (name === market ? 0 : rules.length),
    0,
  );
