//! Default gateways: where packets go that no other route takes.
//!
//! An IPv4 route may lead to a gateway with an IPv6 address, so the version is the route's and not the address's.

use std::net::IpAddr;

use netdiag_host::{Host, Part, Route, RouteKind};

/// A way out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Gateway {
    /// Of which version of IP, 4 or 6.
    pub(super) version: u8,
    pub(super) address: IpAddr,
    pub(super) interface: String,
}

/// The gateways of the main table's default routes, one of a version at most: the others are taken only when it is gone.
pub(super) fn gateways(host: &Host) -> Part<Vec<Gateway>> {
    let routes = host.routes(leads_out);
    let first = |v4: bool| {
        let routes = routes.known.iter().filter(|route| route.destination.is_ipv4() == v4);
        gateway(host, routes.min_by_key(|route| route.metric)?)
    };
    Part { known: [true, false].into_iter().filter_map(first).collect(), cut_short: routes.cut_short }
}

fn leads_out(route: &Route) -> bool {
    route.is_default()
        && route.table == Route::MAIN
        && route.kind == RouteKind::UNICAST
        && route.gateway.is_some()
}

fn gateway(host: &Host, route: &Route) -> Option<Gateway> {
    let interface = host.interface_name(route.link?)?;
    Some(Gateway {
        version: if route.destination.is_ipv4() { 4 } else { 6 },
        address: route.gateway?,
        interface: String::from_utf8_lossy(&interface).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_default_routes_with_a_gateway_count() {
        let route = |prefix_length, gateway: Option<[u8; 4]>, table, kind| {
            let mut route = Route::to([0; 4].into(), prefix_length);
            (route.gateway, route.table, route.kind) = (gateway.map(IpAddr::from), table, kind);
            route
        };
        let near = Some([192, 0, 2, 1]);
        #[rustfmt::skip]
        let cases = [
            (route(0,  near, Route::MAIN, RouteKind::UNICAST),     true),
            (route(24, near, Route::MAIN, RouteKind::UNICAST),     false),
            (route(0,  None, Route::MAIN, RouteKind::UNICAST),     false),
            (route(0,  near, 100,         RouteKind::UNICAST),     false),
            (route(0,  near, Route::MAIN, RouteKind::UNREACHABLE), false),
        ];
        for (route, leads) in cases {
            assert_eq!(leads_out(&route), leads, "{route:?}");
        }
    }
}
