/** Of the right form, and never issued. */
export const NO_CODE = `cfp_${"A".repeat(22)}`;

/** Long, and on no list. */
export const NEW_PASSWORD = "seven plum lanterns orbit quietly";
export const NEXT_PASSWORD = "nine copper kettles drift upstream";
