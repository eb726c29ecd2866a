package ident

import (
	"testing"
	"unicode/utf8"
)

// FuzzParsePURL checks that whatever is read has a canonical form that is read to the same, and that identifying it
// never fails nor gives two keys.
func FuzzParsePURL(f *testing.F) {
	for _, seed := range []string{"pkg:npm/%40angular/core@1.0.0", "pkg:npm/@angular/core", "PKG://npm//left@1.0.0",
		"pkg:deb/debian/git@1:2.30.2-1?arch=amd64&amp;distro=debian-11", "pkg:gem/a@1%2", "pkg:golang/go.etcd.io/etcd/client@v3.5.9#pkg/v3",
		"pkg:pypi/PDF_Miner.Six@20240101", "pkg:generic/x?a=1&a=2&b=", "pkg:rpm/redhat/a@1-1.el8?epoch=1&upstream=a-1-1.el8.src.rpm",
		"pkg:alpine/zlib@1.2.12-r3?upstream=zlib&distro=alpine-3.16.2", "pkg:git/github.com/A/b/c@1", "pkg:a/b/../c@@#..//x", "pkg:julia/A?uuid=1",
		"pkg:golang/github.com/golang/protobuf%40v1.5.2", "pkg:composer/a/b@dev-master", "pkg:github/actions/checkout@v4"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePURL(s)
		id := Identify(Input{PURL: s})
		if again := Identify(Input{PURL: s}); again.Key != id.Key {
			t.Fatalf("%q has two keys", s)
		}
		if err != nil {
			return
		}
		text := p.String()
		again, err := ParsePURL(text)
		if err != nil {
			t.Fatalf("%q: canonical %q cannot be read: %v", s, text, err)
		}
		if again.String() != text {
			t.Fatalf("%q: %q becomes %q", s, text, again)
		}
		if !utf8.ValidString(id.PURL) || !utf8.ValidString(id.Package.Name) {
			t.Fatalf("%q: no text in %q %q", s, id.PURL, id.Package.Name)
		}
		if folded := FoldName(id.Package.Ecosystem, id.Package.Name); folded != id.Package.Name {
			t.Fatalf("%q: %q folds on to %q", s, id.Package.Name, folded)
		}
	})
}

// FuzzCompare checks in every order that comparing never fails, and is reflexive and antisymmetric.
func FuzzCompare(f *testing.F) {
	for _, seed := range [][2]string{{"1.0", "1.0.0"}, {"1.0.RC1", "1.0-RC2"}, {"1!1.0a1.post2.dev3+x.1", "1.0-1"}, {"2:1.0~rc1-1", "1.0^git-1"},
		{"1.1.1k_p1~ab-r3", "1.2.0_rc1"}, {"v1.2.3-0.20240101000000-abcdefabcdef+incompatible", "1.2.4"}, {"1.x-dev", "dev-master"},
		{"1.13.6-x86_64-linux", "1.13.6.pre"}, {"1.0+1", "1.0+a"}, {"6.0_8", "6.0k"}, {"1..2--3", "_1"}, {"=v 1", "V1"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		for ecosystem := range generatorPieces {
			v, errV := ParseVersion(ecosystem, a)
			w, errW := ParseVersion(ecosystem, b)
			if errV == nil && v.Compare(v) != 0 {
				t.Fatalf("%s: %q differs from itself", ecosystem, a)
			}
			if errV != nil || errW != nil {
				continue
			}
			if c := v.Compare(w); c != -w.Compare(v) || c < -1 || c > 1 {
				t.Fatalf("%s: %q against %q: %d, the other way round %d", ecosystem, a, b, c, w.Compare(v))
			}
		}
	})
}
