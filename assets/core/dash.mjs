/* Dash, as far as the page uses it: properties are set by the public `set_props`. */

export const setProps = (id, props) => window.dash_clientside.set_props(id, props);
