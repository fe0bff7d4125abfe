/** 9.3 Mock user database: the lesson's users, with hashes in place of their passwords. */
import { verify } from "@node-rs/argon2";

export const users = new Map([
  [
    "kavya",
    {
      subject: "101",
      password: "$argon2id$v=19$m=19456,t=2,p=1$b+54R00XDPCq8iptl52YvA$KyOSeor0vhhnIWxbjj9dOzlo7F+j7wrHoSdG94PE9+0",
      roles: ["admin"],
    },
  ],
  [
    "arjun",
    {
      subject: "102",
      password: "$argon2id$v=19$m=19456,t=2,p=1$wfG+9jh4Eay4+gu/cNIahQ$g/sAEhbQJ6ge2572YaoHSNI7QEDZ54o4rXoK6FY6bHc",
      roles: ["user"],
    },
  ],
]);

/** Of nobody's password: an unknown user costs a hash too, or the time of an answer would tell who is a user here. */
const NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$jPA4MjB5QBVMAkij4f9tlw$TEUERuvONoqmP8Ngo8vV3K7WLlNAX79JRaj8YS+cy+o";

export async function authenticate({ username, password }: { readonly username: string; readonly password: string }) {
  const user = users.get(username);
  const right = await verify(user?.password ?? NOBODYS, password);
  return user !== undefined && right ? user : null;
}
