package sbom

import "bufio"

func (rd *reader) yaml(*bufio.Reader) error { return notAnSBOM("a YAML document") }
func (rd *reader) rdf(*xmlWalker) error     { return notAnSBOM("a YAML document") }
