/** The same application the day before: express-session alone. */
import express from "express";
import session from "express-session";
import { FileStore } from "./store.ts";

const port = Number(process.env["PORT"] ?? 3000);
const app = express();
app.use(
  session({
    secret: process.env["OLD_SECRET"] ?? "the secret that the application has always had",
    store: new FileStore(process.env["OLD_SESSIONS"] ?? "sessions.json"),
    resave: false,
    saveUninitialized: false,
  }),
);
app.post("/login/:userId", (req, res) => {
  req.session.userId = req.params.userId;
  res.json({ message: "Welcome" });
});
app.listen(port, "localhost", () => console.log(`http://localhost:${port}`));
