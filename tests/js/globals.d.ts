/** What the page finds in its window. */
interface Window {
  /** Dash's own. */
  dash_clientside: {
    set_props: (id: string | object, props: object) => void;
    no_update: unknown;
  };
  /** Plotly's bundle. */
  Plotly: any;
  /** The page's one global. */
  holdline: unknown;
}
