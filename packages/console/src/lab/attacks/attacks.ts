import { AFTER_LOGOUT } from "./after-logout.ts";
import type { Attack } from "./attack.ts";
import { FIXATION } from "./fixation.ts";
import { GUESSING } from "./guessing.ts";
import { HIJACKING } from "./hijacking.ts";
import { LOCAL_STORAGE } from "./local-storage.ts";
import { OTHER_SITE } from "./other-site.ts";
import { REFRESH_REPLAY } from "./refresh-replay.ts";
import { SCRIPT } from "./script.ts";

/** In the order in which they are shown. */
export const ATTACKS: readonly Attack[] = [
  SCRIPT,
  OTHER_SITE,
  HIJACKING,
  FIXATION,
  LOCAL_STORAGE,
  AFTER_LOGOUT,
  REFRESH_REPLAY,
  GUESSING,
];
