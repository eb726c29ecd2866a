package sbom

import "bufio"

func (rd *reader) xml(_ *bufio.Reader, _ []byte) error { return notAnSBOM("an XML document") }
func (rd *reader) yaml(*bufio.Reader) error            { return notAnSBOM("a YAML document") }
func (rd *reader) tagValue(*bufio.Reader) error        { return notAnSBOM("a tag-value document") }
