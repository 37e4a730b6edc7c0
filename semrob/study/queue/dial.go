package queue

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
)

// Server is a server and how to connect to it.
type Server struct {
	// URL is an address such as "nats://host:4222", or several, separated by
	// commas; "tls://" requires TLS, "nats://TOKEN@host" contains a token.
	URL string
	// Token is used if the URL contains none.
	Token string
	// Credentials is a .creds file with a user's JWT and key, or a file with the
	// seed of a user's NKey.
	Credentials string
	// CA is a file of trusted certificates, which replace the system's;
	// Certificate and Key are the client's files, if the server requires them.
	CA, Certificate, Key string
	// Name is the expected name or address in the server's certificate; "" means
	// the host in the URL.
	Name string
}

// Dial connects, and reconnects whenever the server comes back. name appears in the
// server's list of connections. changed, if not nil, receives a sentence when the
// connection is lost or restored.
func Dial(server Server, name string, changed func(sentence string)) (*nats.Conn, error) {
	if changed == nil {
		changed = func(string) {}
	}
	var asked atomic.Bool
	options, err := server.options(&asked)
	if err != nil {
		return nil, fmt.Errorf("connecting to the NATS server: %w", err)
	}
	options = append(options,
		nats.Name(name), nats.MaxReconnects(-1), nats.ReconnectWait(200*time.Millisecond), nats.Timeout(5*time.Second),
		nats.PingInterval(5*time.Second), nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // not closed by us
				changed(fmt.Sprintf("The connection to the server is lost (%v); reconnecting.", err))
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) { changed("Connected again to " + c.ConnectedUrlRedacted() + ".") }))
	conn, err := nats.Connect(server.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("connecting to the NATS server: %w: %s", err, server.advice(err, asked.Load()))
	}
	return conn, nil
}

// options returns the options for authentication. Files are read at once, so that
// mistakes in them are not mistaken for the server's. asked becomes true when a
// server requests a client certificate.
func (s Server) options(asked *atomic.Bool) (options []nats.Option, err error) {
	if s.Token != "" {
		options = append(options, nats.Token(s.Token))
	}
	if s.Credentials != "" {
		option, err := s.credentials()
		if err != nil {
			return nil, err
		}
		options = append(options, option)
	}
	if s.CA != "" {
		text, err := os.ReadFile(s.CA)
		if err != nil {
			return nil, fmt.Errorf("reading the trusted certificates (--tls-ca): %w", err)
		}
		if !x509.NewCertPool().AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s (--tls-ca) contains no certificate in PEM format", s.CA)
		}
		options = append(options, nats.RootCAs(s.CA))
	}
	if s.Name != "" {
		options = append(options, nats.Secure(&tls.Config{ServerName: s.Name, MinVersion: tls.VersionTLS12}))
	}
	certificate, err := s.certificate()
	if err != nil {
		return nil, err
	}
	return append(options, func(o *nats.Options) error {
		if s.Certificate != "" {
			o.Secure = true
		}
		if o.TLSConfig == nil {
			o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		o.TLSConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked.Store(true)
			return certificate()
		}
		return nil
	}), nil
}

// certificate returns a function that reads the client certificate, if there is
// one. It is read for each connection, because certificates are renewed while a
// worker runs.
func (s Server) certificate() (read func() (*tls.Certificate, error), err error) {
	if s.Certificate == "" && s.Key == "" {
		return func() (*tls.Certificate, error) { return &tls.Certificate{}, nil }, nil
	}
	if s.Certificate == "" || s.Key == "" {
		return nil, fmt.Errorf("a client certificate needs its key: give both --tls-cert and --tls-key")
	}
	read = func() (*tls.Certificate, error) {
		certificate, err := tls.LoadX509KeyPair(s.Certificate, s.Key)
		if err != nil {
			return nil, fmt.Errorf("reading the client certificate %s and its key %s: %w", s.Certificate, s.Key, err)
		}
		return &certificate, nil
	}
	_, err = read()
	return read, err
}

// credentials returns the option for a file of credentials.
func (s Server) credentials() (nats.Option, error) {
	text, err := os.ReadFile(s.Credentials)
	if err != nil {
		return nil, fmt.Errorf("reading the credentials (--creds): %w", err)
	}
	if bytes.Contains(text, []byte("NATS USER JWT")) {
		return nats.UserCredentials(s.Credentials), nil
	}
	option, err := nats.NkeyOptionFromSeed(s.Credentials)
	if err != nil {
		return nil, fmt.Errorf("%s (--creds) contains neither a user's JWT and key nor the seed of a user's NKey: %w", s.Credentials, err)
	}
	return option, nil
}

// advice returns advice on a failed connection. A server rejects a client
// certificate only after the client has completed the handshake: the client then
// sees an alert, or a closed connection.
func (s Server) advice(err error, asked bool) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
	)
	switch {
	case errors.As(err, &authority) && s.CA == "":
		return "the server's certificate has an unknown issuer: give the issuer's certificate with --tls-ca"
	case errors.As(err, &authority):
		return "no certificate in " + s.CA + " issued the server's: give the issuer's with --tls-ca"
	case errors.As(err, &host):
		return "use a host name or address in the server's certificate, or give that name with --tls-name"
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		return "access denied: " + s.whoAmI()
	case errors.Is(err, nats.ErrSecureConnWanted):
		return "it has no TLS: use nats:// instead of tls://"
	case asked && s.Certificate == "":
		return "it requires a client certificate: give one with --tls-cert and --tls-key"
	case asked:
		return "it rejects the certificate " + s.Certificate
	}
	return "check that it is running, and its address"
}

// whoAmI returns advice on the client's credentials.
func (s Server) whoAmI() string {
	switch {
	case s.Credentials != "":
		return "check the credentials " + s.Credentials
	case s.Token != "":
		return "check the token"
	case strings.Contains(s.URL, "@"):
		return "check the user name and password in its address"
	}
	return "give credentials (--creds), a token ($SEMROB_NATS_TOKEN), or nats://user:password@host ($SEMROB_NATS_URL)"
}
