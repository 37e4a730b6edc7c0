package queue

import (
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
)

// Server says which server to connect to and how; all but URL as nats.go takes
// it.
type Server struct {
	// URL is such as "nats://host:4222", several with commas between them;
	// "tls://" asks for TLS, "nats://TOKEN@host" gives a token.
	URL string
	// Token is one to give where the URL has none.
	Token string
	// Credentials is a .creds file with a user's JWT and key.
	Credentials string
	// CA is a file of certificates to trust; Certificate and Key are the
	// client's own.
	CA, Certificate, Key string
}

// Dial connects, and reconnects whenever the server comes back. name is shown
// in the server's lists; changed, where it is not nil, hears when the
// connection is lost and when it is back.
func Dial(server Server, name string, changed func(sentence string)) (*nats.Conn, error) {
	if changed == nil {
		changed = func(string) {}
	}
	options := []nats.Option{
		nats.Name(name), nats.MaxReconnects(-1), nats.ReconnectWait(200 * time.Millisecond), nats.Timeout(5 * time.Second),
		nats.PingInterval(5 * time.Second), nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // and not our own closing
				changed(fmt.Sprintf("The connection to the server is lost (%v); it is tried again.", err))
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) { changed("Connected again to " + c.ConnectedUrlRedacted() + ".") }),
	}
	if server.Token != "" {
		options = append(options, nats.Token(server.Token))
	}
	if server.Credentials != "" {
		options = append(options, nats.UserCredentials(server.Credentials))
	}
	if server.CA != "" {
		options = append(options, nats.RootCAs(server.CA))
	}
	if server.Certificate != "" {
		options = append(options, nats.ClientCert(server.Certificate, server.Key))
	}
	conn, err := nats.Connect(server.URL, options...)
	if err != nil {
		return nil, fmt.Errorf("connecting to the NATS server: %w: check the address, and what it asks for (a token, --creds, --tls-ca)", err)
	}
	return conn, nil
}
