import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["assets/0-plotly.min.js"] },
  js.configs.recommended,
  {
    files: ["assets/**/*.mjs"],
    languageOptions: { globals: globals.browser },
    rules: {
      eqeqeq: "error",
      "no-shadow": ["error", { allow: ["name"] }],
      "no-restricted-globals": ["error", "name", "event", "status"],
      "no-unused-vars": ["error", { args: "after-used" }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  { files: ["tests/js/**/*.mjs"], languageOptions: { globals: globals.node } },
];
