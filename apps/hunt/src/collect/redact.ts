/**
 * Takes secrets out of command lines, by a stated rule. What looks like one of these loses its value:
 *
 *   1. --password VALUE, --token=VALUE, -passphrase VALUE: a switch whose name holds one of the words below
 *   2. PASSWORD=VALUE: a name that holds one of the words, set in front of a command or passed on
 *   3. scheme://user:VALUE@host
 *   4. Bearer VALUE, Basic VALUE, as in the header of a request
 *   5. -pVALUE of mysql, mariadb, mysqldump and sshpass, which take a password so
 *
 * Words: password, passwd, passphrase, pwd, secret, token, apikey, api-key, api_key, access-key, access_key, private-key,
 * private_key, credential, auth (but not author). Case does not matter. A secret given in any other way stays: the rule can't know it.
 */

const HIDDEN = "[redacted]";
const WORDS =
  "(?:password|passwd|passphrase|pwd|secret|token|api[-_]?key|access[-_]key|private[-_]key|credential|auth(?!or))";
/** A value ends at a blank, unless it is quoted. */
const VALUE = `(?:"[^"]*"|'[^']*'|[^\\s"']+)`;

const RULES: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`(^|\\s)(--?[\\w-]*${WORDS}[\\w-]*)(=|\\s+)(?!-)${VALUE}`, "gi"), `$1$2$3${HIDDEN}`],
  // PWD and OLDPWD are folders.
  [new RegExp(`(^|[\\s;"'])(?!(?:OLD)?PWD=)(\\w*${WORDS}\\w*=)${VALUE}`, "gi"), `$1$2${HIDDEN}`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+:)[^\s@/]+(?=@)/gi, `$1${HIDDEN}`],
  [/\b(Bearer|Basic)\s+[\w~+/=.-]{8,}/gi, `$1 ${HIDDEN}`],
  [/(\b(?:mysql|mariadb|mysqldump|mysqladmin|sshpass)\b[^|;&]*?\s-p)(?!\s|-)\S+/gi, `$1${HIDDEN}`],
];

export function redact(commandLine: string): string {
  return RULES.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), commandLine);
}
