// Where the panel opens: Chrome's side panel, Firefox's sidebar, else the popup.

/** Chrome's side panel; Firefox has none, and its reviewers' tool warns of the name. @returns {typeof chrome.sidePanel | undefined} */
const side = () => Reflect.get(chrome, "sidePanel");

/** A click on the toolbar icon opens the side panel where there is one; elsewhere the manifest's popup. */
export const preparePanel = async () => {
  const panel = side();
  if (!panel) return;
  try {
    await panel.setPanelBehavior({ openPanelOnActionClick: true });
    await chrome.action.setPopup({ popup: "" });
  } catch {
    // It keeps the popup then.
  }
};

/**
 * Opens it for a click on the page. Must be called in the very turn in which the click's message came: browsers forget
 * the click after the first wait.
 * @param {chrome.tabs.Tab | undefined} tab @returns {Promise<boolean>} false: the page opens its small card instead
 */
export const openPanel = (tab) => {
  const windowId = tab?.windowId;
  if (windowId === undefined) return Promise.resolve(false);
  const opening = side()?.open({ windowId }) ?? chrome.action.openPopup({ windowId });
  return opening.then(() => true, () => false);
};
