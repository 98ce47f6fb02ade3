/** What the page finds in its window. */
interface Window {
  /** Dash's own. */
  dash_clientside: {
    set_props: (id: string | object, props: object) => void;
    no_update: unknown;
  };
  /** Plotly's bundle. */
  Plotly: any;
  /** Dash's own, which AG Grid's bundle takes for itself. */
  React: unknown;
  /** Of AG Grid's bundle. */
  webpackChunkdash_ag_grid: any;
  /** The page's one global; the page's first script makes it, for Dash finds its store in it. */
  holdline: { Store: () => null; first?: Promise<any> };
}
