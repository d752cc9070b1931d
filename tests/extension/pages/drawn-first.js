// Before anything else: keeps the shadow roots that are made, closed as they are, so that a test can look inside.
"use strict";
window.roots = [];
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  const root = attach.call(this, options);
  window.roots.push(root);
  return root;
};
