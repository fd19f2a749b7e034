# Two EVSEs of a station speak with two cars at a time, each in a network of its own.
Feature: Dialogs at two EVSEs

  Background:
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    And a charger with 2 EVSEs

  Scenario: Two cars charge by messages at the same time
    When at EVSE 1 the driver plugs in
    And at EVSE 2 the driver plugs in
    Then at EVSE 1 within 60 s ChargingStatusRes is said
    And at EVSE 2 within 60 s ChargingStatusRes is said
    And at EVSE 1 for 10 s the contactor stays closed
    And at EVSE 2 the contactor is closed

  Scenario: A car that is pulled out does not disturb its neighbour
    When at EVSE 1 the driver plugs in
    And at EVSE 2 the driver plugs in
    Then at EVSE 2 within 60 s ChargingStatusRes is said
    And at EVSE 1 within 60 s ChargingStatusRes is said
    When at EVSE 1 the driver unplugs
    Then at EVSE 1 within 100 ms the contactor opens
    And at EVSE 2 for 20 s the contactor stays closed
    And at EVSE 2 for 5 s the dialog does not fail

  Scenario: Cars share a station fuse by messages
    Given a station fuse of 32 A
    When at EVSE 1 the driver plugs in
    Then at EVSE 1 within 60 s the car draws 16 A
    When at EVSE 2 the driver plugs in
    Then at EVSE 2 within 60 s the car draws 16 A
    And for 10 s the offers of all EVSEs come to at most 32 A

  Scenario: A car that speaks and one that does not stand side by side
    Given at EVSE 2 the car does not speak
    When at EVSE 1 the driver plugs in
    And at EVSE 2 the driver plugs in
    Then at EVSE 1 within 60 s ChargingStatusRes is said
    And at EVSE 2 within 60 s the contactor closes
    And at EVSE 2 for 5 s no modems are matched

  @SL-07
  Scenario Outline: Cables that lie beside each other: sounds come over <weaker> dB weaker
    Given at EVSE 1 sounds of other cables arrive here <weaker> dB weaker
    And at EVSE 2 sounds of other cables arrive here <weaker> dB weaker
    When at EVSE 1 the driver plugs in
    And at EVSE 2 the driver plugs in
    Then at EVSE 1 within 60 s ChargingStatusRes is said
    And at EVSE 2 within 60 s ChargingStatusRes is said
    And at EVSE 1 for 5 s the dialog does not fail
    And at EVSE 2 for 5 s the dialog does not fail

    Examples:
      | weaker |
      | 25     |
      | 40     |
      | 55     |

  @SL-07
  Scenario: A neighbour who is matched in the middle of a session disturbs nobody
    Given at EVSE 1 sounds of other cables arrive here 30 dB weaker
    And at EVSE 2 sounds of other cables arrive here 30 dB weaker
    When at EVSE 1 the driver plugs in
    Then at EVSE 1 within 60 s ChargingStatusRes is said
    When at EVSE 2 the driver plugs in
    Then at EVSE 2 within 60 s ChargingStatusRes is said
    And at EVSE 1 for 10 s the contactor stays closed
    And at EVSE 1 for 5 s the dialog does not fail
