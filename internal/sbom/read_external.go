package sbom

import "fmt"

// maxExternals bounds the relationships to other documents that are kept.
const maxExternals = 10_000

// externals gathers relationships whose other end is in another document.
type externals struct {
	count int
	path  string // of the first
	kept  []externalRef
}

type externalRef struct {
	from refID
	to   string
}

func (e *externals) add(b *builder, from, to, path string) {
	if e.count == 0 {
		e.path = path
	}
	e.count++
	if len(e.kept) < maxExternals {
		e.kept = append(e.kept, externalRef{b.ref(from), to})
	}
}

// finish stores the relationships as external and unresolved, and says once that there are some.
func (e *externals) finish(b *builder) {
	if e.count == 0 || b.err != nil {
		return
	}
	for _, x := range e.kept {
		if from := b.refs[x.from].target; from >= Root {
			b.doc.External = append(b.doc.External, ExternalEdge{From: int(from), To: x.to})
		}
	}
	what := fmt.Sprintf("%d relationships lead to other documents (the first to %q)", e.count, shorten(e.kept[0].to))
	if e.count == 1 {
		what = fmt.Sprintf("1 relationship leads to another document (%q)", shorten(e.kept[0].to))
	}
	b.warn(e.path, "external_reference", "%s; it is kept unresolved", what)
}
