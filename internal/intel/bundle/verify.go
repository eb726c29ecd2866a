package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"hash"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// maxObjects bounds how many objects and lists a line may open: what a line of empty ones grows to in memory is many
// times its length. The largest known record has a twentieth of it.
const maxObjects = 1 << 19

// verifier holds the frames against each other and against the manifest.
type verifier struct {
	known    func(Section) (Check, bool)
	header   *Header
	sections []Contents
	check    Check // of the section at hand; nil: its lines are passed over
	sum      hash.Hash
	chunks   []Digest
	manifest Manifest
	done     bool
}

func (v *verifier) take(kind byte, payload []byte) error {
	switch {
	case v.done:
		return malformed("something follows the manifest")
	case v.header == nil && kind != frameHeader:
		return malformed("it does not begin with its header")
	case kind == frameHeader:
		return v.takeHeader(payload)
	case kind == frameSection:
		v.endSection()
		return v.takeSection(payload)
	case kind == frameData:
		return v.takeData(payload)
	}
	v.endSection()
	return v.takeManifest(payload)
}

func (v *verifier) takeHeader(payload []byte) error {
	if v.header != nil {
		return malformed("it has two headers")
	}
	var h Header
	if err := json.Unmarshal(payload, &h); err != nil {
		return malformed("its header cannot be read (%v)", err)
	}
	v.header = &h
	return knownFormat(h)
}

func (v *verifier) takeSection(payload []byte) error {
	var s Section
	if err := json.Unmarshal(payload, &s); err != nil {
		return malformed("the head of a section cannot be read (%v)", err)
	}
	if listed(v.sections, s) {
		return malformed("the section %s comes twice", s.Title())
	}
	if len(v.sections) == maxSections {
		return malformed("it has more than %d sections", maxSections)
	}
	check, ok := v.known(s)
	if !ok && s.Required {
		return problem.New(problem.Unsupported,
			"the bundle holds a section that this version does not know and that must not be left out (%s), written by ThreatWerk %s: update ThreatWerk here first",
			s.Title(), v.header.Product)
	}
	v.check = check
	v.sections = append(v.sections, Contents{Section: s})
	v.sum.Reset()
	return nil
}

func (v *verifier) endSection() {
	if len(v.sections) > 0 {
		v.sections[len(v.sections)-1].SHA256 = Digest(v.sum.Sum(nil))
	}
}

func (v *verifier) takeData(payload []byte) error {
	if len(v.sections) == 0 {
		return malformed("records come before the first section")
	}
	s := &v.sections[len(v.sections)-1]
	if len(payload) == 0 || payload[len(payload)-1] != '\n' {
		return malformed("a part of %s ends in the middle of a record", s.Title())
	}
	v.sum.Write(payload)
	v.chunks = append(v.chunks, sha256.Sum256(payload))
	s.Bytes += int64(len(payload))
	for line := range lines(payload) {
		s.Records++
		if v.check == nil {
			continue
		}
		if bytes.Count(line, []byte("{"))+bytes.Count(line, []byte("[")) > maxObjects {
			return problem.New(problem.TooLarge, "record %d of %s is made of more than %d parts", s.Records, s.Title(), maxObjects)
		}
		if err := v.check(line); err != nil {
			return problem.Wrap(problem.Invalid, err, "record %d of %s cannot be read", s.Records, s.Title())
		}
	}
	return nil
}

func (v *verifier) takeManifest(payload []byte) error {
	if err := json.Unmarshal(payload, &v.manifest); err != nil {
		return malformed("its manifest cannot be read (%v)", err)
	}
	if v.manifest.Header != *v.header || len(v.manifest.Sections) != len(v.sections) {
		return malformed("its manifest is of another bundle")
	}
	for i, read := range v.sections {
		stated := v.manifest.Sections[i]
		if !same(stated.Section, read.Section) || stated.Records != read.Records || stated.Bytes != read.Bytes ||
			stated.SHA256 != read.SHA256 {
			return malformed("the section %s has %d records with the SHA-256 %s, and the manifest says otherwise",
				read.Title(), read.Records, read.SHA256)
		}
	}
	v.done = true
	return nil
}
