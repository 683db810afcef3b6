import { render } from "preact";
import { Shell } from "./shell";

const root = document.getElementById("desk");
if (root) render(<Shell />, root);
