// Every table can be taken along as CSV; what a spreadsheet would take for a formula stays text.

const quoted = (text) => {
  const safe = /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

const written = (table) =>
  [...table.rows].map((row) => [...row.cells].map((one) => quoted(one.textContent.trim())).join(",")).join("\n") + "\n";

/** The words above a table: what it is called, for the file and for those who hear the page. */
function called(table) {
  const parts = [];
  for (let part = table.closest(".scroll"); part && !part.matches("main"); part = part.parentElement) {
    const title = part.matches("details") ? part.querySelector("summary") : part.querySelector(":scope > h3, :scope > h2");
    if (title) parts.unshift(title.textContent.trim());
  }
  return parts.join(", ");
}

for (const table of document.querySelectorAll("main .scroll > table")) {
  const name = called(table);
  const link = make("a", { class: "download", href: "#", download: `${name.replace(/[^\p{L}\p{N}]+/gu, "-")}.csv`, "aria-label": `Download as CSV: ${name}` }, "CSV");
  link.addEventListener("click", () => {
    link.href = URL.createObjectURL(new Blob([written(table)], { type: "text/csv" }));
  });
  table.closest(".scroll").after(link);
}
