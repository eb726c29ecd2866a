package sbom

import (
	"strings"

	"github.com/threatwerk/threatwerk/internal/ident"
	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// finish completes the document: depth, distribution and identity of each component, and the verdict of strict mode.
func (b *builder) finish() (*Document, error) {
	if b.err != nil {
		return nil, b.err
	}
	d := b.doc
	if b.lim.Strict && b.firm > 0 {
		faults := b.firmFault
		return nil, problem.New(problem.Invalid, "The document has %d faults, and strict reading was asked for.", b.firm).With(faults...)
	}
	b.refs, b.byID, b.strings = nil, nil, nil // room for the identities
	setDepths(d)
	distroOf := b.spreadDistros()
	for i := range d.Components {
		c := &d.Components[i]
		h := b.extra[i]
		in := ident.Input{
			PURL: c.PURL, Group: c.Group, Name: c.Name, Version: h.withEpoch(c), CPEs: c.CPEs,
			SourceName: h.sourceName, SourceVersion: h.source(), Distro: h.distro, Module: h.module,
		}
		if in.Distro == "" {
			in.Distro = distroOf(i)
		}
		c.Identity = ident.Identify(in)
		c.shareText()
	}
	return d, nil
}

// shareText lets an identity that says what the document says use the same bytes: most do.
func (c *Component) shareText() {
	id := &c.Identity
	for _, p := range []struct{ to, from *string }{
		{&id.PURL, &c.PURL}, {&id.DisplayName, &c.Name}, {&id.Package.Name, &id.DisplayName},
		{&id.DisplayVersion, &c.Version}, {&id.Version, &id.DisplayVersion},
	} {
		if *p.to == *p.from {
			*p.to = *p.from
		}
	}
}

// withEpoch puts an epoch that stands in a property of its own before the version of an rpm or deb package.
func (h hint) withEpoch(c *Component) string {
	if h.epoch == "" || h.epoch == "0" || c.Version == "" || strings.Contains(c.Version, ":") || strings.Contains(c.PURL, "epoch=") {
		return c.Version
	}
	return h.epoch + ":" + c.Version
}

// source is the source package's version in the distribution's own writing, epoch:version-release.
func (h hint) source() string {
	v := h.sourceVersion
	if v == "" {
		return ""
	}
	if h.sourceRelease != "" && !strings.HasSuffix(v, "-"+h.sourceRelease) {
		v += "-" + h.sourceRelease
	}
	if h.sourceEpoch != "" && h.sourceEpoch != "0" && !strings.Contains(v, ":") {
		v = h.sourceEpoch + ":" + v
	}
	return v
}

// spreadDistros tells which distribution release a component belongs to: the only one of the document, or, when
// several images are merged into it, the one whose operating-system component holds it.
func (b *builder) spreadDistros() func(ordinal int) string {
	one := ""
	for _, d := range b.distros {
		if one != "" && one != d.distro {
			return b.distroByEdges()
		}
		one = d.distro
	}
	return func(int) string { return one }
}

func (b *builder) distroByEdges() func(ordinal int) string {
	os := make(map[int]string, len(b.distros))
	for _, d := range b.distros {
		if d.ordinal >= 0 {
			os[d.ordinal] = d.distro
		}
	}
	by := make(map[int]string)
	give := func(to int, distro string) {
		if old, ok := by[to]; ok && old != distro {
			distro = "" // held by two: not guessed
		}
		by[to] = distro
	}
	for _, e := range b.doc.Edges {
		if d, ok := os[e.From]; ok {
			give(e.To, d)
		}
	}
	for i := range b.doc.Components {
		if d, ok := os[b.doc.Components[i].Parent]; ok {
			give(i, d)
		}
	}
	return func(ordinal int) string { return by[ordinal] }
}
