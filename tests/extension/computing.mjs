// How long something computes. The wall's clock would count what else the machine is doing.

/** @param {() => unknown} act @returns {number} milliseconds of this process's processor time */
export const computing_ms = (act) => {
  const begun = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
};
