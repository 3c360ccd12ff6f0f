// Bodies of appointments and events: HTML from elsewhere, reduced to what may be shown and edited here.

const KEPT = new Set("P BR B STRONG I EM U A UL OL LI DIV SPAN TABLE TBODY THEAD TR TD TH H1 H2 H3 H4 BLOCKQUOTE PRE CODE HR".split(" "));
const DROPPED = new Set("SCRIPT STYLE HEAD TITLE META LINK IFRAME OBJECT EMBED TEMPLATE SVG MATH FORM".split(" "));

/** Put a body into an editor: rich for HTML, plain for text. */
export function show(editor, content, isHtml) {
  editor.classList.toggle("plain", !isHtml);
  editor.replaceChildren();
  if (isHtml) {
    const parsed = new DOMParser().parseFromString(content ?? "", "text/html");
    editor.append(...kept(parsed.body));
  } else {
    editor.textContent = content ?? "";
  }
}

/** What an editor holds, as HTML or as text. */
export const held = (editor, isHtml) => (isHtml ? editor.innerHTML : editor.innerText.replace(/\n$/, ""));

function kept(node) {
  return [...node.childNodes].flatMap((child) => {
    if (child.nodeType === Node.TEXT_NODE) return [document.createTextNode(child.data)];
    if (child.nodeType !== Node.ELEMENT_NODE || DROPPED.has(child.tagName.toUpperCase())) return [];
    const inside = kept(child);
    if (!KEPT.has(child.tagName)) return inside;
    const copy = document.createElement(child.tagName);
    const target = child.tagName === "A" ? child.getAttribute("href") ?? "" : "";
    if (/^(https?:|mailto:)/i.test(target)) copy.setAttribute("href", target);
    copy.append(...inside);
    return [copy];
  });
}
