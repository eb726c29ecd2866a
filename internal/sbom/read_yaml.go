package sbom

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// YAML has no streaming reader, so its size is bounded apart from Limits.MaxBytes, by what a tree of it costs.
const (
	maxYAMLBytes = 32 << 20
	maxYAMLNodes = 750_000
)

// yaml reads an SPDX 2 document as YAML. Aliases are refused: SPDX has no use for them, and they are how a small text
// becomes a huge tree.
func (rd *reader) yaml(br *bufio.Reader) error {
	src := &nodeCounter{r: br}
	dec := yaml.NewDecoder(src)
	var root yaml.Node
	if err := dec.Decode(&root); err != nil {
		return src.explain(rd, err)
	}
	if len(root.Content) != 1 {
		return notAnSBOM("an empty YAML document")
	}
	y := &yamlWalker{node: root.Content[0], max: rd.lim.MaxDepth, warn: rd.b.warn}
	if y.kind() != kindObject {
		return notAnSBOM("a YAML text that is no SPDX document")
	}
	s := newSPDXReader(rd.b, y)
	var keys []string
	err := y.object(func(key string) error {
		if len(keys) < maxTopKeys {
			keys = append(keys, key)
		}
		if key == "Document" { // SPDX 2.1
			return y.object(func(key string) error { _, err := s.member(key); return err })
		}
		_, err := s.member(key)
		return err
	})
	if err != nil {
		return err
	}
	if s.version == "" {
		return notAnSBOM("a YAML document of another kind; SPDX has \"spdxVersion\", and CycloneDX is read as JSON or XML")
	}
	if err := s.finish("yaml"); err != nil {
		return err
	}
	var more yaml.Node
	if err := dec.Decode(&more); err == nil {
		return problem.New(problem.Unsupported, "The YAML text holds more than one document.").
			With(problem.Fault{Path: "line " + strconv.Itoa(more.Line), Code: "several_documents", Message: "upload one document at a time"})
	}
	return nil
}

// nodeCounter bounds the tree that a text can become: every node needs a line, or a comma or bracket of its own.
type nodeCounter struct {
	r            io.Reader
	bytes, nodes int
	failed       error
}

func (c *nodeCounter) Read(p []byte) (int, error) {
	if c.failed != nil {
		return 0, c.failed
	}
	n, err := c.r.Read(p)
	c.bytes += n
	for i, b := range p[:n] {
		switch b {
		case '\n', ',', '[', '{':
			c.nodes++
		case '-', '?', ':':
			if i+1 < n && (p[i+1] == ' ' || p[i+1] == '\t') {
				c.nodes++
			}
		}
	}
	if c.bytes > maxYAMLBytes || c.nodes > 2*maxYAMLNodes {
		c.failed = problem.New(problem.TooLarge, "The YAML document is too large; as YAML at most %d MiB are read.", maxYAMLBytes>>20).
			With(problem.Fault{Path: "/", Code: "too_large", Message: "write it as JSON, which is read as a stream"})
		return 0, c.failed
	}
	return n, err
}

var yamlErrorLine = regexp.MustCompile(`line (\d+)`)

func (c *nodeCounter) explain(rd *reader, err error) error {
	switch {
	case c.failed != nil:
		return c.failed
	case rd.meter.failed != nil:
		return rd.meter.failed
	case errors.Is(err, io.EOF):
		return notAnSBOM("an empty YAML document")
	}
	path := "/"
	if m := yamlErrorLine.FindStringSubmatch(err.Error()); m != nil {
		path = "line " + m[1]
	}
	return problem.Wrap(problem.Malformed, err, "The document is not well-formed YAML.").
		With(problem.Fault{Path: path, Code: "syntax", Message: shorten(clean(err.Error()))})
}

// yamlWalker walks a tree of YAML nodes.
type yamlWalker struct {
	node  *yaml.Node
	depth int
	max   int
	warn  func(path, code, format string, args ...any)
}

func (y *yamlWalker) where() string { return "line " + strconv.Itoa(y.node.Line) }

func (y *yamlWalker) kind() kind {
	switch {
	case y.node.Kind == yaml.MappingNode:
		return kindObject
	case y.node.Kind == yaml.SequenceNode:
		return kindList
	case y.node.Tag == "!!null":
		return kindNull
	}
	return kindScalar
}

// inside runs fn on a child node.
func (y *yamlWalker) inside(child *yaml.Node, fn func() error) error {
	if child.Kind == yaml.AliasNode {
		return problem.New(problem.Malformed, "The YAML document uses aliases, which are not followed.").
			With(problem.Fault{Path: "line " + strconv.Itoa(child.Line), Code: "alias", Message: "write the value out"})
	}
	outer := y.node
	if y.depth++; y.depth > y.max {
		return problem.New(problem.TooLarge, "The document is nested too deeply.").
			With(problem.Fault{Path: y.where(), Code: "too_deep", Message: fmt.Sprintf("more than %d levels of nesting", y.max)})
	}
	y.node = child
	err := fn()
	y.node = outer
	y.depth--
	return err
}

func (y *yamlWalker) object(fn func(key string) error) error {
	if k := y.kind(); k != kindObject {
		if k != kindNull {
			y.warn(y.where(), "wrong_type", "an object belongs here, not %s; it is ignored", k)
		}
		return nil
	}
	content := y.node.Content
	for i := 0; i+1 < len(content); i += 2 {
		if err := y.inside(content[i+1], func() error { return fn(content[i].Value) }); err != nil {
			return err
		}
	}
	return nil
}

func (y *yamlWalker) list(_ string, fn func(i int) error) error {
	switch y.kind() {
	case kindNull:
		return nil
	case kindList:
	default:
		return fn(0)
	}
	for i, item := range y.node.Content {
		if err := y.inside(item, func() error { return fn(i) }); err != nil {
			return err
		}
	}
	return nil
}

func (y *yamlWalker) text() (string, error) {
	switch k := y.kind(); k {
	case kindNull:
		return "", nil
	case kindScalar:
		s := y.node.Value
		return clean(s[:min(len(s), maxText)]), nil
	default:
		y.warn(y.where(), "wrong_type", "a text belongs here, not %s; it is ignored", k)
		return "", nil
	}
}

func (y *yamlWalker) skip() error { return nil }
