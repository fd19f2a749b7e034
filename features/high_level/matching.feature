# SLAC, ISO 15118-3 annex A: which car hangs at which charger, and a key that nobody else has.
Feature: Matching

  Background:
    Given a charger with high-level communication
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current

  @SL-01
  Scenario: A car is matched, and the link comes up
    When the driver plugs in
    Then within 5 s the modems are matched
    And within 5 s the data link is up

  @SL-02 @SL-08
  Scenario: A car that does not speak charges by the duty after state F
    Given the car does not speak
    And nobody needs a token
    When the driver plugs in
    Then within 25 s the pilot was seen in state F
    And within 40 s the contactor closes
    And for 10 s no modems are matched

  @SL-09
  Scenario: A modem that takes no key is told, and the car charges by the duty
    Given the modem of the charger takes no key
    And nobody needs a token
    When the driver plugs in
    Then within 60 s the contactor closes
    And for 5 s no modems are matched

  @FH-A6
  Scenario: A modem without attenuation profiles is no reason for a dead charger
    Given the modem of the charger tells no attenuation
    And nobody needs a token
    When the driver plugs in
    Then within 20 s a matching has failed
    And within 60 s the contactor closes

  @FH-A7
  Scenario: A modem that is slow with its key has it before the car asks
    Given the modem of the charger takes 700 ms to change its key
    When the driver plugs in
    Then within 1 s the pilot duty is 5 %
    And within 5 s the modems are matched

  @SL-04
  Scenario Outline: Frames that <what> do not keep a car from its match
    Given the power line <sentence>
    When the driver plugs in
    Then within 30 s the data link is up

    Examples:
      | what              | sentence                              |
      | are lost          | loses 5 % of all frames               |
      | come twice        | doubles 30 % of all frames            |
      | come late         | is late with 10 % of all frames       |
      | are damaged       | damages 5 % of all frames             |
      | take long         | takes 20 ms for a frame               |
      | take longer       | takes up to 30 ms longer for some frames |

  # Nobody hears any longer that the charger ends the connection.
  @SL-03
  Scenario: A link that breaks in the middle of a session opens the contactor, and the car goes on by the duty
    Given nobody needs a token
    And the rule END-STATION-WAITS may be broken by the charger
    When the driver plugs in
    Then within 30 s ChargingStatusRes is said
    When the modem of the car hangs
    Then within 3 s the data link is lost
    And within 1 s the contactor opens
    And within 15 s the contactor closes

  Scenario: Unplugging in the middle of a matching leaves nothing behind
    When the driver plugs in
    And 400 ms pass
    And the driver unplugs
    And 5 s pass
    And the driver plugs in
    Then within 5 s the modems are matched
    And within 5 s the data link is up

  @SL-07
  Scenario: Two cars whose cables lie beside each other are each matched with their own charger
    Given a charger with 2 EVSEs
    And at EVSE 1 sounds of other cables arrive here 45 dB weaker
    And at EVSE 2 sounds of other cables arrive here 45 dB weaker
    When at EVSE 1 the driver plugs in
    And at EVSE 2 the driver plugs in
    Then at EVSE 1 within 10 s the data link is up
    And at EVSE 2 within 10 s the data link is up
