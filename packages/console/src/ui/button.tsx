import type { ButtonHTMLAttributes, Ref } from "react";

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className"> {
  readonly look?: "main" | "plain" | "danger";
  /** Its work is under way: it cannot be pressed again, and keeps its size and its focus. */
  readonly busy?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = "plain", busy = false, type = "button", onClick, ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={`button ${look}`}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={(event) => (busy ? event.preventDefault() : onClick?.(event))}
      {...rest}
    />
  );
}
