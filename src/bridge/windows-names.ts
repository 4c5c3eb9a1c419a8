// Which names mean, on Windows, just the file of that name.

const SPECIAL_CHARACTERS = /[\\/:*?"<>|]/;
const DEVICES = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\.|$| )/i;

/**
 * Whether `name` names a file and nothing more: no separator, drive, alternate stream or device, and no ending
 * that Windows would take away.
 */
export function isPlainWindowsName(name: string): boolean {
  for (const character of name) if (character < ' ') return false;
  return !SPECIAL_CHARACTERS.test(name) && !DEVICES.test(name) && !/[. ]$/.test(name);
}
