package sbom

import (
	"strconv"
	"strings"
	"time"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

// cdxReader reads a CycloneDX bill of materials, JSON or XML, in any order of members. Section names in comments are
// those of the CycloneDX 1.7 reference (cyclonedx.org/docs/1.7).
type cdxReader struct {
	b    *builder
	w    walker
	root string // where the BOM object is

	format   string // bomFormat
	spec     string
	schema   string
	parts    bool // components, metadata or dependencies were seen
	external externals
}

// member reads one member of the BOM; false if it is none of CycloneDX.
func (c *cdxReader) member(key string) (bool, error) {
	var err error
	switch key {
	case "bomFormat":
		c.format, err = c.w.text()
	case "specVersion":
		c.spec, err = c.w.text()
	case "$schema":
		c.schema, err = c.w.text()
	case "serialNumber":
		at := c.w.where()
		c.b.doc.SerialNumber, err = c.w.text()
		c.checkSerial(at, c.b.doc.SerialNumber)
	case "metadata":
		c.parts = true
		err = c.metadata()
	case "components":
		c.parts = true
		err = c.components(Root)
	case "services":
		err = c.services()
	case "dependencies":
		c.parts = true
		err = c.dependencies()
	case "citations":
		err = c.citations()
	case "vulnerabilities":
		err = c.vulnerabilities()
	default:
		return false, nil
	}
	return true, err
}

// isBOM says whether the members seen are those of a BOM. A document without bomFormat is one if it names a version
// and has parts of a BOM; finish then warns.
func (c *cdxReader) isBOM() bool {
	if c.format != "" {
		return true
	}
	return c.parts && (strings.HasPrefix(c.spec, "1.") || strings.Contains(c.schema, "cyclonedx.org"))
}

func (c *cdxReader) finish(encoding string) error {
	b := c.b
	if c.format == "" {
		b.warn(c.root, "missing_format", "bomFormat is missing; it must say \"CycloneDX\"")
	} else if !strings.EqualFold(c.format, "CycloneDX") {
		return problem.New(problem.Unsupported, "This is not a CycloneDX document: bomFormat says %q.", shorten(c.format)).
			With(problem.Fault{Path: "/bomFormat", Code: "not_an_sbom", Message: "bomFormat must say \"CycloneDX\""})
	}
	switch {
	case c.spec == "":
		b.warn(c.root, "missing_spec_version", "specVersion is missing; the document is read as the newest known version")
	case specMajor(c.spec) != "1":
		return problem.New(problem.Unsupported, "CycloneDX %s is not read; versions 1.0 to 1.7 are.", shorten(c.spec)).
			With(problem.Fault{Path: "/specVersion", Code: "unknown_spec_version", Message: "write the document as 1.7 or earlier"})
	case len(c.spec) != 3 || c.spec[2] > '7' || c.spec[2] < '0':
		b.warn(c.root, "unknown_spec_version", "version %q is not known; the document is read as the newest known version", shorten(c.spec))
	}
	b.doc.Format, b.doc.SpecVersion, b.doc.Encoding = CycloneDX, c.spec, encoding
	b.resolve(func(place int) string {
		if encoding == "json" {
			return strings.TrimSuffix(c.root, "/") + "/dependencies/" + strconv.Itoa(place)
		}
		return "line " + strconv.Itoa(place)
	})
	c.external.finish(b)
	return nil
}

// metadata reads Metadata: time, tools, subject and, as the supplier of last resort, nothing else.
func (c *cdxReader) metadata() error {
	return c.w.object(func(key string) error {
		switch key {
		case "timestamp":
			at := c.w.where()
			s, err := c.w.text()
			if c.b.doc.Created = parseTime(s); s != "" && (c.b.doc.Created.IsZero() || !strings.ContainsAny(s, "Tt")) {
				c.b.warn(at, "bad_timestamp", "%q is no date and time of RFC 3339", shorten(s))
			}
			return err
		case "tools":
			return c.tools()
		case "component":
			return c.subjectComponent()
		case "licenses":
			_, err := c.licenses()
			return err
		case "properties":
			return c.properties(nil)
		case "distribution":
			c.b.warn(c.w.where(), "unknown_member", "metadata has no member \"distribution\"; 1.7 has distributionConstraints")
		}
		return nil
	})
}

// tools reads both forms: the list of 1.2 to 1.4 and, since 1.5, an object of components and services. Tools are no
// parts of the product.
func (c *cdxReader) tools() error {
	one := func(int) error {
		var name, version string
		err := c.w.object(func(key string) (err error) {
			switch key {
			case "name":
				name, err = c.w.text()
			case "version":
				version, err = c.w.text()
			}
			return err
		})
		if name != "" && len(c.b.doc.Tools) < maxLicenses {
			c.b.doc.Tools = append(c.b.doc.Tools, strings.TrimSpace(name+" "+version))
		}
		return err
	}
	if c.w.kind() == kindList {
		return c.w.list("tool", one)
	}
	return c.w.object(func(key string) error {
		switch key {
		case "tool": // XML
			return one(0)
		case "components":
			return c.w.list("component", one)
		case "services":
			return c.w.list("service", one)
		}
		return nil
	})
}

// services reads what the product calls; services are kept by name, their references resolve, and they are never
// matched.
func (c *cdxReader) services() error {
	return c.w.list("service", func(int) error {
		var s Service
		err := c.w.object(func(key string) (err error) {
			switch key {
			case "bom-ref":
				s.Ref, err = c.w.text()
			case "group":
				s.Group, err = c.w.text()
			case "name":
				s.Name, err = c.w.text()
			case "version":
				s.Version, err = c.w.text()
			case "provider":
				s.Provider, err = member(c.w, "name")
			case "endpoints":
				s.Endpoints, err = texts(c.w, "endpoint", maxLicenses)
			case "data":
				err = c.serviceData()
			case "services":
				err = c.services()
			}
			return err
		})
		if err != nil {
			return err
		}
		if len(c.b.doc.Services) >= c.b.lim.MaxComponents {
			c.b.overflow("services", c.b.lim.MaxComponents)
			return c.b.err
		}
		c.b.doc.Services = append(c.b.doc.Services, s)
		c.b.bind(s.Ref, refOther)
		return c.b.err
	})
}

// dependencies reads Dependency: in JSON {"ref", "dependsOn": [...]}, in XML nested elements of the same name.
// "provides" (1.6) names specifications that are implemented; it is no dependency.
func (c *cdxReader) dependencies() error {
	return c.w.list("dependency", func(i int) error {
		place := i
		if n, ok := strings.CutPrefix(c.w.where(), "line "); ok {
			place, _ = strconv.Atoi(n)
		}
		ref, pending := "", []string(nil)
		on := func(to string) error {
			if ref == "" {
				if len(pending) >= maxTextItems {
					c.b.overflow("edges", edgesPerPackage*c.b.lim.MaxComponents)
					return c.b.err
				}
				pending = append(pending, to)
				return nil
			}
			return c.edge(ref, to, place)
		}
		err := c.w.object(func(key string) (err error) {
			switch key {
			case "ref":
				ref, err = c.w.text()
			case "dependsOn":
				err = c.w.list("ref", func(int) error {
					to, err := c.w.text()
					if err != nil {
						return err
					}
					return on(to)
				})
			case "dependency": // XML: one element for each
				to := ""
				if to, err = member(c.w, "ref"); err == nil {
					err = on(to)
				}
			}
			return err
		})
		if err != nil {
			return err
		}
		if ref == "" {
			c.b.warn(c.w.where(), "missing_ref", "a dependency without ref is ignored")
			return nil
		}
		c.b.use(c.b.ref(ref), place)
		for _, to := range pending {
			if err := c.edge(ref, to, place); err != nil {
				return err
			}
		}
		return c.b.err
	})
}

// maxTextItems bounds the targets kept while the ref that they belong to has not been read yet.
const maxTextItems = 100_000

func (c *cdxReader) edge(from, to string, place int) error {
	if to == "" || from == to {
		return nil
	}
	// A BOM-Link (urn:cdx:serial/version#ref) points into another document.
	if strings.HasPrefix(to, "urn:cdx:") {
		c.external.add(c.b, from, to, c.w.where())
		return nil
	}
	return c.b.edge(from, to, place)
}

// parseTime reads RFC 3339 and the variants without a zone or with a space that tools write; zero if it is none.
func parseTime(s string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
