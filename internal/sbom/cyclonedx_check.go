package sbom

import (
	"regexp"
	"strings"
)

// What the CycloneDX schemas allow, checked where a wrong value hints at a broken tool. Findings are warnings.

var cdxTypes = map[string]bool{
	"application": true, "framework": true, "library": true, "container": true, "platform": true, "operating-system": true,
	"device": true, "device-driver": true, "firmware": true, "file": true, "machine-learning-model": true, "data": true,
	"cryptographic-asset": true,
}

// cdxHashes gives the hexadecimal digits of each algorithm; 0 is any number.
var cdxHashes = map[string]int{
	"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-384": 96, "SHA-512": 128, "SHA3-256": 64, "SHA3-384": 96, "SHA3-512": 128,
	"BLAKE2b-256": 64, "BLAKE2b-384": 96, "BLAKE2b-512": 128, "BLAKE3": 0, "Streebog-256": 64, "Streebog-512": 128,
}

var (
	serialPattern = regexp.MustCompile(`^urn:uuid:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	hexPattern    = regexp.MustCompile(`^[0-9a-fA-F]+$`)
)

func (c *cdxReader) checkSerial(at, s string) {
	if s != "" && !serialPattern.MatchString(s) {
		c.b.warn(at, "bad_serial_number", "serialNumber %q is no urn:uuid", shorten(s))
	}
}

func (c *cdxReader) check(got *cdxComponent) {
	switch {
	case got.Type == "":
		c.b.warn(got.Path, "missing_type", "the component has no type")
	case !cdxTypes[got.Type]:
		c.b.warn(got.Path, "unknown_type", "the component's type %q is none of CycloneDX", shorten(got.Type))
	}
	if got.Name == "" && (got.PURL != "" || len(got.CPEs) > 0) {
		c.b.warn(got.Path, "missing_name", "the component has no name")
	}
	switch got.Scope {
	case "", "required", "optional", "excluded":
	default:
		c.b.warn(got.Path, "unknown_scope", "the scope %q is none of required, optional and excluded", shorten(got.Scope))
	}
	if got.versionRange != "" && (got.hasVersion != "" || got.external != "true") {
		c.b.warn(got.Path, "version_range", "versionRange is for external components, and not beside a version")
	}
}

func (c *cdxReader) checkHash(alg, content string) {
	n, ok := cdxHashes[alg]
	switch {
	case !ok:
		c.b.warn(c.w.where(), "unknown_hash_algorithm", "the hash algorithm %q is none of CycloneDX", shorten(alg))
	case !hexPattern.MatchString(content) || n > 0 && len(content) != n:
		c.b.warn(c.w.where(), "bad_hash", "this is no %s hash: %q", alg, shorten(content))
	}
}

func (c *cdxReader) checkLicense(at, id string, ids, names int) {
	switch {
	case ids == 0 && names == 0:
		c.b.warn(at, "license_choice", "a licence has neither id nor name")
	case ids+names > 1:
		c.b.warn(at, "license_choice", "a licence has either one id or one name")
	}
	if id != "" && licenseIDs[strings.ToLower(id)] == "" {
		c.b.warn(at, "unknown_license", "%q is no SPDX licence id", shorten(id))
	}
}

// attachedText reads AttachedText for its encoding only.
func (c *cdxReader) attachedText() error {
	if c.w.kind() != kindObject {
		return nil
	}
	return c.w.object(func(key string) error {
		if key != "encoding" {
			return nil
		}
		at := c.w.where()
		s, err := c.w.text()
		if err == nil && s != "base64" {
			c.b.warn(at, "unknown_encoding", "the encoding %q is not base64", shorten(s))
		}
		return err
	})
}

// swid checks a SWID block, of which nothing is kept.
func (c *cdxReader) swid() error {
	at := c.w.where()
	var tag, name string
	err := c.w.object(func(key string) (err error) {
		switch key {
		case "tagId":
			tag, err = c.w.text()
		case "name":
			name, err = c.w.text()
		}
		return err
	})
	if err == nil && (tag == "" || name == "") {
		c.b.warn(at, "bad_swid", "a swid block has a tagId and a name")
	}
	return err
}

// pedigree checks the enumerations in a pedigree: ancestors are history and no parts of the product.
func (c *cdxReader) pedigree() error {
	oneOf := func(what, allowed string) error {
		at := c.w.where()
		s, err := c.w.text()
		if err == nil && !strings.Contains(" "+allowed+" ", " "+s+" ") {
			c.b.warn(at, "unknown_"+what+"_type", "the %s type %q is none of CycloneDX", what, shorten(s))
		}
		return err
	}
	return c.w.object(func(key string) error {
		if key != "patches" {
			return nil
		}
		return c.w.list("patch", func(int) error {
			return c.w.object(func(key string) error {
				switch key {
				case "type":
					return oneOf("patch", "unofficial monkey backport cherry-pick")
				case "resolves":
					return c.w.list("issue", func(int) error {
						return c.w.object(func(key string) error {
							if key == "type" {
								return oneOf("issue", "defect enhancement security")
							}
							return nil
						})
					})
				}
				return nil
			})
		})
	})
}

// serviceData checks DataClassification: each entry has a flow and a classification. Since 1.5 XML writes it as an
// attribute of an element inside a dataflow.
func (c *cdxReader) serviceData() error {
	if _, ok := c.w.(*xmlWalker); !ok {
		return c.w.list("", func(int) error { return c.flow() })
	}
	return c.w.object(func(key string) error {
		switch key {
		case "classification":
			return c.flow()
		case "dataflow":
			return c.w.object(func(key string) error {
				if key == "classification" {
					return c.flow()
				}
				return nil
			})
		}
		return nil
	})
}

func (c *cdxReader) flow() error {
	at := c.w.where()
	var flow string
	err := c.w.object(func(key string) (err error) {
		if key == "flow" {
			flow, err = c.w.text()
		}
		return err
	})
	switch flow {
	case "inbound", "outbound", "bi-directional", "unknown":
	default:
		c.b.warn(at, "unknown_flow", "the flow %q of service data is none of CycloneDX", shorten(flow))
	}
	return err
}

// citations checks Citation (1.7): who or what is cited, and for either pointers or expressions.
func (c *cdxReader) citations() error {
	return c.w.list("citation", func(int) error {
		at := c.w.where()
		has := make(map[string]bool)
		err := c.w.object(func(key string) error {
			switch key {
			case "attributedTo", "process", "pointers", "expressions":
				has[key] = true
			}
			return nil
		})
		if !has["attributedTo"] && !has["process"] || has["pointers"] && has["expressions"] {
			c.b.warn(at, "bad_citation", "a citation has attributedTo or process, and either pointers or expressions")
		}
		return err
	})
}
