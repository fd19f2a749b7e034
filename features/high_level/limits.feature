# What a car may take is told by messages, and is the smallest of all limits at every message.
Feature: Limits by messages

  Scenario Outline: A limit of <limit> by the CSMS is told in ChargingStatusRes, and the car keeps to it
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 60 s ChargingStatusRes is said
    And within 10 s the car draws 16 A
    When the CSMS limits the charger to <limit>
    Then within 3 s ChargingStatusRes has "EVSEMaxCurrent.Value" as "<told>"
    And within 6 s the car draws <limit>
    When the CSMS clears the profiles
    Then within 10 s the car draws 16 A

    Examples:
      | limit | told |
      | 13 A  | 13   |
      | 10 A  | 10   |
      | 6 A   | 6    |

  @EG-03
  Scenario: No energy for a while: the loop goes on, and nothing flows
    Given a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 60 s ChargingStatusRes is said
    And within 10 s the car draws 16 A
    When the CSMS limits the charger to 0 A
    Then within 6 s the car draws 0 A
    And within 10 s the session event ChargingPausedEVSE is seen
    And for 10 s the car draws at most 0 A

  Scenario Outline: A limit of <limit> by the CSMS lowers the current of <protocol>
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks <protocol> with direct current
    When the driver plugs in
    Then within 90 s the car takes <before> of direct current
    When the CSMS sets a profile of <limit>
    Then within 3 s the car takes <after> of direct current

    Examples:
      | protocol    | limit  | before | after  |
      | ISO 15118-2 | 10 A   | 44.2 A | 13.8 A |
      | DIN 70121   | 10 A   | 44.2 A | 13.8 A |

  Scenario Outline: No energy for a while: the loop of direct current goes on without current, and current comes back
    Given a charger with a DC supply
    And a charger with high-level communication
    And nobody needs a token
    And the car "vw-id3"
    And the car speaks <protocol> with direct current
    When the driver plugs in
    Then within 90 s the car takes 44.2 A of direct current
    When the CSMS limits the charger to 0 A
    Then within 6 s the car takes 0 A of direct current
    And within 10 s the session event ChargingPausedEVSE is seen
    When 30 s pass
    Then the contactor is closed
    When the CSMS limits the charger to 16 A
    Then within 6 s the car takes 22.1 A of direct current
    When the car stops asking for energy
    Then within 20 s the contactor opens

    Examples:
      | protocol    |
      | ISO 15118-2 |
      | DIN 70121   |

  Scenario: What a house takes is taken off what a car is told
    Given a charger with high-level communication
    And nobody needs a token
    And a main fuse of 25 A
    And the house takes 3500 W on each line
    And the car "vw-id3"
    And the car speaks ISO 15118-2 with alternating current
    When the driver plugs in
    Then within 60 s ChargingStatusRes is said
    And for 10 s the house connection carries at most 25 A
    And for 10 s the car draws at most 10 A
